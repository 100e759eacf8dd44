// URLs from strangers: what is accepted must never be able to break out of a request's head.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <reprise/url.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reprise::Url url;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (!reprise::parse_url(text, url).empty()) return 0;
  if (url.host.empty() || url.port == 0 || !url.target.starts_with('/')) std::abort();
  for (const std::string& part : {url.host, url.authority, url.target}) {
    for (const char c : part) {
      if (c <= 0x20 || c == 0x7f) std::abort();
    }
  }
  return 0;
}
