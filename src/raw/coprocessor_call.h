#pragma once

#include <string>
#include <vector>

#include "tikv/key_range.h"
#include "tikv/raw_types.h"

namespace tikv::raw {

/// What a call to a plugin is about.
struct CoprocessorCall {
  std::string name;
  std::string version_requirement;
  std::vector<KeyRange> ranges;
  CoprocessorData data;
};

}  // namespace tikv::raw
