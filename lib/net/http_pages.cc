#include "lib/net/http_pages.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace postern::net {
namespace {

absl::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 503:
      return "Service Unavailable";
    default:
      return "Error";
  }
}

// Whether the connection can take another request: RFC 9112 section 9.3.
bool WantsMore(absl::string_view version,
               const std::vector<absl::string_view>& lines) {
  for (const absl::string_view line : lines) {
    const std::string field = absl::AsciiStrToLower(line);
    if (!absl::StartsWith(field, "connection:")) continue;
    if (absl::StrContains(field, "close")) return false;
    if (absl::StrContains(field, "keep-alive")) return true;
  }
  return version == "HTTP/1.1";
}

std::string Format(const HttpResponse& response, bool keep_alive,
                   bool with_body) {
  return absl::StrCat("HTTP/1.1 ", response.status, " ",
                      ReasonPhrase(response.status),
                      "\r\nContent-Type: ", response.content_type,
                      "\r\nContent-Length: ", response.body.size(),
                      "\r\nConnection: ", keep_alive ? "keep-alive" : "close",
                      "\r\nX-Content-Type-Options: nosniff\r\n\r\n",
                      with_body ? response.body : "");
}

}  // namespace

void HttpPages::Handle(std::string path, Page page) {
  pages_[std::move(path)] = std::move(page);
}

std::string HttpPages::Answer(absl::string_view head, bool& keep_alive) const {
  const std::vector<absl::string_view> lines = absl::StrSplit(head, "\r\n");
  const std::vector<absl::string_view> request = absl::StrSplit(lines[0], ' ');
  if (request.size() != 3 || !absl::StartsWith(request[2], "HTTP/1.")) {
    keep_alive = false;
    return Format({.status = 400, .body = "not an HTTP request\n"}, false,
                  true);
  }
  keep_alive = WantsMore(request[2], lines);
  const bool is_head = request[0] == "HEAD";
  if (!is_head && request[0] != "GET") {
    // A body may follow, and we would take it for a request.
    keep_alive = false;
    return Format({.status = 405, .body = "only GET and HEAD\n"}, false, true);
  }
  const std::string path(request[1].substr(0, request[1].find('?')));
  const auto page = pages_.find(path);
  if (page == pages_.end()) {
    return Format({.status = 404, .body = "no such page\n"}, keep_alive,
                  !is_head);
  }
  return Format(page->second(), keep_alive, !is_head);
}

}  // namespace postern::net
