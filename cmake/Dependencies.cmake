# All from the distribution's packages; scripts/install-packages names them.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)  # who adds this project as a subdirectory links them, if we are an archive
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL REQUIRED)
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET GLOBAL libnghttp2)
find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
