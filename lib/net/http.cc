#include "lib/net/http.h"

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "lib/net/line_reader.h"

namespace postern::net {
namespace {

constexpr size_t kMaxHeadBytes = 8192;
constexpr absl::Duration kRequestTime = absl::Seconds(10);

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

Task<> HttpServer::Serve(Stream stream) {
  const DrainWatch watch(drain_, [&stream] { stream.Interrupt(); });
  LineReader reader(kMaxHeadBytes, kMaxHeadBytes);
  bool keep_alive = true;
  while (keep_alive) {
    const std::optional<std::string> head = co_await ReadHead(stream, reader);
    if (!head.has_value()) co_return;
    const std::string answer = pages_.Answer(*head, keep_alive);
    const absl::Status written =
        co_await stream.Write(answer, Deadline::After(kRequestTime));
    if (!written.ok()) co_return;
  }
}

}  // namespace postern::net
