// One vector register of floats or doubles. Its width is that of the instruction set that the file is compiled for.
//
// Only micro_kernels.inl includes this file. It is compiled once for AVX2 and once for AVX-512, in two namespaces. In
// one namespace the linker would merge the inline functions of both.
#pragma once
#include <immintrin.h>

namespace intertwiner::cpu::x86::INTERTWINER_ISA {

template <class T>
struct Simd;

#ifdef __AVX512F__

template <>
struct Simd<float> {
  static constexpr int kLanes = 16;
  using Register = __m512;
  static Register zero() { return _mm512_setzero_ps(); }
  static Register load(const float* p) { return _mm512_loadu_ps(p); }
  static Register broadcast(const float* p) { return _mm512_set1_ps(*p); }
  static Register fma(Register a, Register b, Register c) { return _mm512_fmadd_ps(a, b, c); }
  static Register relu(Register a) { return a < zero() ? zero() : a; }  // a NaN stays
  static void store(float* p, Register a) { _mm512_storeu_ps(p, a); }
  static void stream(float* p, Register a) { _mm512_stream_ps(p, a); }
};
template <>
struct Simd<double> {
  static constexpr int kLanes = 8;
  using Register = __m512d;
  static Register zero() { return _mm512_setzero_pd(); }
  static Register load(const double* p) { return _mm512_loadu_pd(p); }
  static Register broadcast(const double* p) { return _mm512_set1_pd(*p); }
  static Register fma(Register a, Register b, Register c) { return _mm512_fmadd_pd(a, b, c); }
  static Register relu(Register a) { return a < zero() ? zero() : a; }  // a NaN stays
  static void store(double* p, Register a) { _mm512_storeu_pd(p, a); }
  static void stream(double* p, Register a) { _mm512_stream_pd(p, a); }
};
constexpr int kTileRows = 12;  // 24 of 32 registers hold sums, the rest operands

#else

template <>
struct Simd<float> {
  static constexpr int kLanes = 8;
  using Register = __m256;
  static Register zero() { return _mm256_setzero_ps(); }
  static Register load(const float* p) { return _mm256_loadu_ps(p); }
  static Register broadcast(const float* p) { return _mm256_broadcast_ss(p); }
  static Register fma(Register a, Register b, Register c) { return _mm256_fmadd_ps(a, b, c); }
  static Register relu(Register a) { return a < zero() ? zero() : a; }  // a NaN stays
  static void store(float* p, Register a) { _mm256_storeu_ps(p, a); }
  static void stream(float* p, Register a) { _mm256_stream_ps(p, a); }
};
template <>
struct Simd<double> {
  static constexpr int kLanes = 4;
  using Register = __m256d;
  static Register zero() { return _mm256_setzero_pd(); }
  static Register load(const double* p) { return _mm256_loadu_pd(p); }
  static Register broadcast(const double* p) { return _mm256_broadcast_sd(p); }
  static Register fma(Register a, Register b, Register c) { return _mm256_fmadd_pd(a, b, c); }
  static Register relu(Register a) { return a < zero() ? zero() : a; }  // a NaN stays
  static void store(double* p, Register a) { _mm256_storeu_pd(p, a); }
  static void stream(double* p, Register a) { _mm256_stream_pd(p, a); }
};
constexpr int kTileRows = 6;  // 12 of 16 registers hold sums

#endif

}  // namespace intertwiner::cpu::x86::INTERTWINER_ISA
