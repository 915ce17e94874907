#pragma once

#include <array>
#include <string_view>

namespace tikv::sandbox {

struct CommandHelp {
  std::string_view usage;
  std::string_view meaning;
};

/// What a running sandbox can be told. REGION is an id, or @KEY for the region of that key.
inline constexpr std::array command_list{
    CommandHelp{"status", "counts of regions, stores and members of PD"},
    CommandHelp{"stores", "the stores, where they listen, what they did and which errors they gave"},
    CommandHelp{"regions", "the regions, their bounds, epochs, leaders and peers"},
    CommandHelp{"members", "the members of PD and who of them leads"},
    CommandHelp{"report", "stores and regions as the sandbox prints them at its end"},
    CommandHelp{"split KEY [--keyspace NAME] [--keeps-id left|right]",
                "cut the region of KEY in two at KEY; the right part keeps its id, or the one that is named,\n"
                "from then on"},
    CommandHelp{"merge REGION [REGION]", "the first region becomes part of the second (default: the next one)"},
    CommandHelp{"move-leader REGION STORE", "the region's peer on that store leads from now on; 0: nobody leads"},
    CommandHelp{"stop-store STORE", "close its port and break its connections, as a crash does"},
    CommandHelp{"start-store STORE [--port PORT]", "listen again: on the old port, on PORT, or on a new one ('new')"},
    CommandHelp{"slow-store STORE MS", "its answers take up to MS milliseconds more; 0: as before"},
    CommandHelp{"busy-store STORE MS", "it refuses everything and says that it takes MS; 'off': as before"},
    CommandHelp{"restart-pd [MEMBER]",
                "stop a member of PD (default: the leader, or the first) and start it on its port"},
    CommandHelp{"stop-pd MEMBER", "close its port and break its connections"},
    CommandHelp{"start-pd MEMBER [--port PORT]", "listen again, as start-store"},
    CommandHelp{"move-pd-leader MEMBER", "that member leads from now on; 0: nobody leads"},
    CommandHelp{"pd-lag on|off", "PD answers about regions from what it knew when this was switched on"},
    CommandHelp{"fail ERROR [--node NODE] [--method NAME] [--count N] [--applied]",
                "answer the next requests by a region error (NotLeader, ...) or a gRPC status (UNAVAILABLE, ...)"},
};

}  // namespace tikv::sandbox
