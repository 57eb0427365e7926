#include "engine/cpu/gathered_product.h"

#include "engine/cpu/product_code.h"
#include "engine/eigen/eigen_product.h"
#ifdef INTERTWINER_X86_KERNELS
#include "engine/x86/x86_product.h"
#endif

namespace intertwiner::cpu {

template <class T>
void gathered_product(const GatheredProduct<T>& product, const Scatter& scatter) {
#ifdef INTERTWINER_X86_KERNELS
  if (product_code() != ProductCode::eigen) return x86::gathered_product(product, scatter);
#endif
  eigen::gathered_product(product, scatter);
}

template <class T>
void gathered_outer(const GatheredOuter<T>& outer) {
#ifdef INTERTWINER_X86_KERNELS
  if (product_code() != ProductCode::eigen) return x86::gathered_outer(outer);
#endif
  eigen::gathered_outer(outer);
}

template void gathered_product(const GatheredProduct<float>&, const Scatter&);
template void gathered_product(const GatheredProduct<double>&, const Scatter&);
template void gathered_outer(const GatheredOuter<float>&);
template void gathered_outer(const GatheredOuter<double>&);

}  // namespace intertwiner::cpu
