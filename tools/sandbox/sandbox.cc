#include "sandbox.h"

namespace tikv::sandbox {

Sandbox::Sandbox(const Options& options)
    : pd_port_(options.pd_port), cluster_(loop_, options.cluster), pd_(loop_, cluster_, testing::Node::pd()) {
  for (const std::string& key : options.split_keys) {
    cluster_.split(key);
    cluster_.regions().balance_leader(cluster_.regions().region_of(key).meta.id());
  }
  for (const auto& [id, store] : cluster_.regions().stores()) {
    stores_.push_back(std::make_unique<Server>(loop_, cluster_, testing::Node::of_store(id)));
  }
}

Sandbox::~Sandbox() { stop(); }

std::string Sandbox::start() {
  if (!pd_.listen(pd_port_)) {
    return "cannot listen on 127.0.0.1:" + std::to_string(pd_port_) +
           ": is the port in use? --pd-port 0 takes a free one";
  }
  cluster_.set_pd_address(pd_.address());
  for (const auto& store : stores_) {
    if (!store->listen(0)) return "no port to be had for a store on 127.0.0.1";
    cluster_.set_store_address(store->node().id, store->address());
  }
  timers_ = std::thread([this] { loop_.serve(); });
  for (const auto& store : stores_) store->start();
  pd_.start();
  return {};
}

// Clients hear of it from PD first, then from the stores.
void Sandbox::stop() {
  pd_.stop();
  for (const auto& store : stores_) store->stop();
  loop_.stop();
  if (timers_.joinable()) timers_.join();
}

std::size_t Sandbox::region_count() {
  std::size_t count = 0;
  loop_.enter([&] { count = cluster_.regions().region_count(); });
  return count;
}

std::string Sandbox::report() {
  std::string text;
  loop_.enter([&] { text = cluster_.report(); });
  return text;
}

}  // namespace tikv::sandbox
