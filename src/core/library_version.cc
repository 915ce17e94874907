#include "tikv/version.h"

namespace tikv {
inline namespace v0 {

const char* library_version() noexcept { return TIKV_VERSION; }

}  // namespace v0
}  // namespace tikv
