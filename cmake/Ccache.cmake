# One compiler cache for all build trees; it knows equal files in different trees.
option(TIKV_USE_CCACHE "Compile through ccache where there is one" ${PROJECT_IS_TOP_LEVEL})
find_program(TIKV_CCACHE ccache)
if(TIKV_CCACHE AND TIKV_USE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${TIKV_CCACHE})
endif()
