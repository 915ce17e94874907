// Loads a plugin, has it use the library and unloads it, while the system's resolver is still busy for it.
#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <string>

namespace {

constexpr useconds_t slow = 300'000;

/// Is a file of that name in this process?
bool loaded(const char* name) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find(name) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

/// In place of the system's, which cannot be interrupted either.
extern "C" int getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**) {
  usleep(slow);
  return EAI_AGAIN;
}

int main(int, char** argv) {
  void* const plugin = dlopen(argv[1], RTLD_NOW);
  if (plugin == nullptr) {
    std::cout << dlerror() << std::endl;
    return 2;
  }
  const auto use = reinterpret_cast<int (*)()>(dlsym(plugin, "use_the_library"));
  if (use == nullptr || use() != 0) return 3;
  if (dlclose(plugin) != 0) return 4;
  if (loaded("unloaded_plugin.so")) std::cout << "the plugin is still there" << std::endl;
  usleep(2 * slow);  // the resolver returns to whoever called it
  std::cout << "alive" << std::endl;
}
