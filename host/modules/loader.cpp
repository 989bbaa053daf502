#include "host/modules/loader.hpp"

#include <dlfcn.h>
#include <link.h>

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace shoal::modules {

// Boost's shared_library is copyable, and each copy would count as one more opening: it stays in here.
struct Library::Handle {
  boost::dll::shared_library library;
};

namespace {

// The linker's reason for the last failure. Boost reports "Bad file descriptor" for every one.
std::string linker_error() {
  const char* text = ::dlerror();
  return text == nullptr ? "the dynamic linker gave no reason" : text;
}

bool is_mapped(const std::filesystem::path& copy) {
  struct Search {
    std::string_view path;
    bool found = false;
  } search{copy.native()};
  const auto visit = [](dl_phdr_info* info, std::size_t, void* data) {
    auto& wanted = *static_cast<Search*>(data);
    wanted.found = wanted.found || wanted.path == info->dlpi_name;
    return 0;
  };
  ::dl_iterate_phdr(visit, &search);
  return search.found;
}

}  // namespace

Library::Library(std::filesystem::path copy, std::unique_ptr<Handle> handle)
    : copy_(std::move(copy)), handle_(std::move(handle)) {}

Result<std::unique_ptr<Library>> Library::open(const std::filesystem::path& copy) {
  auto handle = std::make_unique<Handle>();
  std::error_code failed;
  try {
    handle->library.load(copy, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local, failed);
    if (failed) {
      return error(ErrorCode::failed, linker_error());
    }
  } catch (const std::exception& thrown) {
    return error(ErrorCode::failed, thrown.what());
  }
  return std::unique_ptr<Library>{new Library(copy, std::move(handle))};
}

Library::~Library() {
  if (handle_ != nullptr) {
    // One more reference that nobody gives back: the handle's own goes with it, the code stays.
    ::dlopen(copy_.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  }
}

Result<const shoal_module*> Library::entry() const {
  try {
    const auto& function = handle_->library.get<const shoal_module*()>(SHOAL_MODULE_ENTRY_NAME);
    const shoal_module* module = function();
    if (module == nullptr) {
      return error(ErrorCode::not_found, SHOAL_MODULE_ENTRY_NAME " gave no module table");
    }
    return module;
  } catch (const boost::dll::fs::system_error&) {
    return error(ErrorCode::not_found, "it does not export " SHOAL_MODULE_ENTRY_NAME);
  } catch (...) {
    return error(ErrorCode::failed,
                 SHOAL_MODULE_ENTRY_NAME " threw an exception, which a module must not do");
  }
}

bool Library::close() {
  handle_.reset();
  return !is_mapped(copy_);
}

}  // namespace shoal::modules
