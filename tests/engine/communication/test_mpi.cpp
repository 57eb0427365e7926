// Groups of processes over MPI: group_program.cpp, started with mpirun.
#include <catch2/catch.hpp>
#include <chrono>

#include "tests/mpi_launch.h"
#include "tests/skip.h"

namespace intertwiner {
namespace {

using tests::count_of;
using tests::why_no_mpi;

tests::Result run_group(int processes, const tests::Arguments& arguments) {
  const std::string program = std::string(INTERTWINER_PROGRAMS) + "/../tests/group_program";
  return tests::run(tests::mpirun(), tests::under_mpi(processes, program, arguments));
}

void check_as_expected(const tests::Arguments& arguments) {
  for (const int processes : {2, 3}) {
    const tests::Result result = run_group(processes, arguments);
    INFO(arguments.front() << " in " << processes << " processes:\n" << result.out << result.err);
    CHECK(result.code == 0);
    for (int p = 0; p < processes; ++p)
      CHECK(tests::contains(result.out, "process " + std::to_string(p) + " of " + std::to_string(processes) + ": as"));
  }
}

}  // namespace

TEST_CASE(
    "two and three processes exchange, gather and broadcast tensors of different sizes, and count what they send") {
  if (const std::string reason = why_no_mpi(); !reason.empty()) return tests::skip(reason);
  check_as_expected({"transfers"});
}

TEST_CASE("messages that are too long for MPI are cut") {
  if (const std::string reason = why_no_mpi(); !reason.empty()) return tests::skip(reason);
  check_as_expected({"transfers", "1000"});
}

TEST_CASE("tensors on a GPU are sent through the host") {
  if (const std::string reason = why_no_mpi(); !reason.empty()) return tests::skip(reason);
  check_as_expected({"transfers_of_a_gpu"});
}

TEST_CASE("every process gets the texts of all") {
  if (const std::string reason = why_no_mpi(); !reason.empty()) return tests::skip(reason);
  check_as_expected({"texts"});
  check_as_expected({"first_succeeds"});
}

TEST_CASE("a process that waits for another takes no processor time") {
  if (const std::string reason = why_no_mpi(); !reason.empty()) return tests::skip(reason);
  check_as_expected({"waiting"});
}

TEST_CASE("an error of process 0 ends every process with its words, and each can print them") {
  if (const std::string reason = why_no_mpi(); !reason.empty()) return tests::skip(reason);
  const tests::Result result = run_group(3, {"first_fails"});
  INFO(result.out << result.err);
  CHECK(result.code == 2);
  CHECK(count_of(result.err, "group: error: data: not found\n") == 3);
}

TEST_CASE("a process that is killed or fails alone ends the others within 30 seconds") {
  if (const std::string reason = why_no_mpi(); !reason.empty()) return tests::skip(reason);
  const auto run_and_time = [](int processes, const std::string& how) {
    const auto start = std::chrono::steady_clock::now();
    const tests::Result result = run_group(processes, {how});
    INFO(how);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
    return result;
  };
  const tests::Result killed = run_and_time(3, "killed");
  INFO(killed.out << killed.err);
  CHECK(killed.code == 128 + 9);
  CHECK_FALSE(tests::contains(killed.out, "as expected"));

  const tests::Result failed = run_and_time(3, "fails_alone");
  INFO(failed.out << failed.err);
  CHECK(failed.code == 2);
  CHECK(count_of(failed.err, "group: error: process 2 has a bad file\n") == 1);
  CHECK_FALSE(tests::contains(failed.out, "as expected"));

  const tests::Result different = run_and_time(2, "different_sizes");
  INFO(different.out << different.err);
  CHECK(different.code != 0);
  CHECK(tests::contains(different.err, "process 0 sent 100 bytes instead of 200"));
}

}  // namespace intertwiner
