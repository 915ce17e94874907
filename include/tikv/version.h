#pragma once

/// @file
/// Which version of the library the headers are of. The build takes the version of the project from here.
///
/// Before 1.0 a new minor version may change the interface, and what was built with another one does not
/// find its library (`libtikv.so.0.1`); a new patch version does not.

/// Macros, so that the preprocessor can compare them: `#if TIKV_VERSION_MAJOR > 0 || TIKV_VERSION_MINOR >= 2`.
#define TIKV_VERSION_MAJOR 0
#define TIKV_VERSION_MINOR 1
#define TIKV_VERSION_PATCH 0

/// @cond
#define TIKV_DETAIL_TEXT(number) #number
#define TIKV_DETAIL_DOTTED(major, minor, patch) \
  TIKV_DETAIL_TEXT(major) "." TIKV_DETAIL_TEXT(minor) "." TIKV_DETAIL_TEXT(patch)
/// @endcond

/// The three with dots between them, a string literal: "0.1.0".
#define TIKV_VERSION TIKV_DETAIL_DOTTED(TIKV_VERSION_MAJOR, TIKV_VERSION_MINOR, TIKV_VERSION_PATCH)

namespace tikv {
inline namespace v0 {

/// The version of the library that this program runs with, as "0.1.0". `TIKV_VERSION` is that of the headers
/// which it was compiled with: the two may differ in the patch version. Any thread; costs nothing.
[[nodiscard]] const char* library_version() noexcept;

}  // namespace v0
}  // namespace tikv
