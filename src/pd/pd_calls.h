#pragma once

#include <string_view>

#include "wire/call.h"
#include "wire/keyspacepb.h"
#include "wire/pdpb.h"

/// The calls to PD, a row for each; those too that only other clients make.
namespace tikv::pd::calls {

namespace pdpb = wire::pdpb;
namespace keyspacepb = wire::keyspacepb;

using GetMembers = wire::Call<"/pdpb.PD/GetMembers", pdpb::GetMembersRequest, pdpb::GetMembersResponse>;
using GetClusterInfo = wire::Call<"/pdpb.PD/GetClusterInfo", pdpb::GetClusterInfoRequest, pdpb::GetClusterInfoResponse>;
using GetStore = wire::Call<"/pdpb.PD/GetStore", pdpb::GetStoreRequest, pdpb::GetStoreResponse>;
using GetAllStores = wire::Call<"/pdpb.PD/GetAllStores", pdpb::GetAllStoresRequest, pdpb::GetAllStoresResponse>;
using GetRegion = wire::Call<"/pdpb.PD/GetRegion", pdpb::GetRegionRequest, pdpb::GetRegionResponse>;
using GetPrevRegion = wire::Call<"/pdpb.PD/GetPrevRegion", pdpb::GetRegionRequest, pdpb::GetRegionResponse>;
using GetRegionByID = wire::Call<"/pdpb.PD/GetRegionByID", pdpb::GetRegionByIDRequest, pdpb::GetRegionResponse>;
using ScanRegions = wire::Call<"/pdpb.PD/ScanRegions", pdpb::ScanRegionsRequest, pdpb::ScanRegionsResponse>;
using BatchScanRegions =
    wire::Call<"/pdpb.PD/BatchScanRegions", pdpb::BatchScanRegionsRequest, pdpb::BatchScanRegionsResponse>;
using GetGCSafePoint = wire::Call<"/pdpb.PD/GetGCSafePoint", pdpb::GetGCSafePointRequest, pdpb::GetGCSafePointResponse>;
using LoadKeyspace =
    wire::Call<"/keyspacepb.Keyspace/LoadKeyspace", keyspacepb::LoadKeyspaceRequest, keyspacepb::LoadKeyspaceResponse>;
using GetAllKeyspaces = wire::Call<"/keyspacepb.Keyspace/GetAllKeyspaces", keyspacepb::GetAllKeyspacesRequest,
                                   keyspacepb::GetAllKeyspacesResponse>;

/// A stream of requests and answers.
using Tso = wire::Call<"/pdpb.PD/Tso", pdpb::TsoRequest, pdpb::TsoResponse>;

using AllUnary =
    wire::CallList<GetMembers, GetClusterInfo, GetStore, GetAllStores, GetRegion, GetPrevRegion, GetRegionByID,
                   ScanRegions, BatchScanRegions, GetGCSafePoint, LoadKeyspace, GetAllKeyspaces>;

}  // namespace tikv::pd::calls
