// Any bytes as the head of an HTTP request: an answer comes, and it is HTTP.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "lib/net/http_pages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  postern::net::HttpPages pages;
  pages.Handle("/metrics", [] { return postern::net::HttpResponse{}; });
  bool keep_alive = false;
  const std::string answer = pages.Answer(
      absl::string_view(reinterpret_cast<const char*>(data), size), keep_alive);
  if (!absl::StartsWith(answer, "HTTP/1.1 ")) std::abort();
  return 0;
}
