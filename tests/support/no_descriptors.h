#pragma once

#include <sys/resource.h>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if !__has_feature(undefined_behavior_sanitizer)  // it opens a pipe for each kind of object that it meets
#define TIKV_CAN_RUN_OUT_OF_DESCRIPTORS

namespace tikv::test {

/// While it lives, this process can open no file.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

}  // namespace tikv::test

#endif
