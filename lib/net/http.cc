#include "lib/net/http.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "lib/net/line_reader.h"

namespace postern::net {
namespace {

constexpr size_t kMaxHeadBytes = 8192;
constexpr absl::Duration kRequestTime = absl::Seconds(10);

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

// Reads up to the empty line that ends a request's head; nullopt: no more.
Task<std::optional<std::string>> ReadHead(Stream& stream, LineReader& reader) {
  const Deadline deadline = Deadline::After(kRequestTime);
  std::string head;
  while (head.size() <= kMaxHeadBytes) {
    const std::optional<Line> line = reader.Next();
    if (!line.has_value()) {
      const absl::StatusOr<size_t> n =
          co_await stream.Read(reader.Space(), deadline);
      if (!n.ok() || *n == 0) co_return std::nullopt;
      reader.Fill(*n);
      continue;
    }
    if (line->kind != Line::Kind::kText) co_return std::nullopt;
    absl::StrAppend(&head, line->text, "\r\n");
    if (line->text.empty()) co_return head;
  }
  co_return std::nullopt;
}

}  // namespace

void HttpServer::Handle(std::string path, Page page) {
  pages_[std::move(path)] = std::move(page);
}

std::string HttpServer::Answer(absl::string_view head, bool& keep_alive) const {
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

Task<> HttpServer::Serve(Stream stream) {
  const DrainWatch watch(drain_, [&stream] { stream.Interrupt(); });
  LineReader reader(kMaxHeadBytes, kMaxHeadBytes);
  bool keep_alive = true;
  while (keep_alive) {
    const std::optional<std::string> head = co_await ReadHead(stream, reader);
    if (!head.has_value()) co_return;
    const std::string answer = Answer(*head, keep_alive);
    const absl::Status written =
        co_await stream.Write(answer, Deadline::After(kRequestTime));
    if (!written.ok()) co_return;
  }
}

}  // namespace postern::net
