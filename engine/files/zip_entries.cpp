#include "engine/files/zip_entries.h"

#include <unzip.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "engine/error.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

/// The archive as a file for the library, which calls these functions to read it.
struct Archive {
  std::string_view bytes;
  uint64_t position = 0;
};

Archive& archive_of(voidpf stream) { return *static_cast<Archive*>(stream); }

voidpf open_archive(voidpf archive, const void*, int) { return archive; }

uLong read_archive(voidpf, voidpf stream, void* out, uLong count) {
  Archive& archive = archive_of(stream);
  const std::string_view part = archive.bytes.substr(std::min<uint64_t>(archive.position, archive.bytes.size()), count);
  std::memcpy(out, part.data(), part.size());
  archive.position += part.size();
  return static_cast<uLong>(part.size());
}

ZPOS64_T tell_archive(voidpf, voidpf stream) { return archive_of(stream).position; }

long seek_archive(voidpf, voidpf stream, ZPOS64_T offset, int origin) {
  Archive& archive = archive_of(stream);
  const uint64_t from = origin == ZLIB_FILEFUNC_SEEK_SET   ? 0
                        : origin == ZLIB_FILEFUNC_SEEK_CUR ? archive.position
                                                           : archive.bytes.size();
  archive.position = from + offset;  // may wrap; reading there gives nothing
  return archive.position <= archive.bytes.size() ? 0 : -1;
}

int close_archive(voidpf, voidpf) { return 0; }
int error_of_archive(voidpf, voidpf) { return 0; }

}  // namespace

std::map<std::string, std::string_view> zip_entries(std::string_view bytes, const std::string& name) {
  const auto broken = [&](const std::string& reason) -> DamagedFile {
    return DamagedFile(name + ": not a valid zip archive: " + reason + "; copy or save the file again");
  };
  Archive archive{bytes};
  zlib_filefunc64_def functions{.zopen64_file = open_archive,
                                .zread_file = read_archive,
                                .zwrite_file = nullptr,
                                .ztell64_file = tell_archive,
                                .zseek64_file = seek_archive,
                                .zclose_file = close_archive,
                                .zerror_file = error_of_archive,
                                .opaque = &archive};
  const std::unique_ptr<void, int (*)(unzFile)> zip(unzOpen2_64("", &functions), unzClose);
  if (!zip) throw broken("it has no directory at its end (was it cut short?)");

  std::map<std::string, std::string_view> entries;
  int state = unzGoToFirstFile(zip.get());
  for (; state == UNZ_OK; state = unzGoToNextFile(zip.get())) {
    unz_file_info64 info{};
    char path[512] = {};
    int method = 0, level = 0;
    if (unzGetCurrentFileInfo64(zip.get(), &info, path, sizeof path - 1, nullptr, 0, nullptr, 0) != UNZ_OK ||
        info.size_filename >= sizeof path)
      throw broken("an entry cannot be read");
    const std::string entry = printable(path);
    if ((info.flag & 1) != 0 || info.compression_method != 0)
      throw Unsupported(name + ": " + entry +
                        " in it is compressed, which torch.save does not do; save the file again");
    if (unzOpenCurrentFile2(zip.get(), &method, &level, 1) != UNZ_OK) throw broken(entry + " cannot be read");
    const uint64_t begin = unzGetCurrentFileZStreamPos64(zip.get());
    unzCloseCurrentFile(zip.get());
    if (begin > bytes.size() || info.uncompressed_size > bytes.size() - begin) throw broken(entry + " is cut short");
    if (!entries.emplace(path, bytes.substr(begin, info.uncompressed_size)).second)
      throw broken(entry + " is there twice");
  }
  if (state != UNZ_END_OF_LIST_OF_FILE) throw broken("its directory is broken");
  return entries;
}

}  // namespace intertwiner
