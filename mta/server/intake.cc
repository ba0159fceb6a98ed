#include "mta/server/intake.h"

#include <algorithm>
#include <chrono>

#include "lib/base/status_macros.h"

namespace postern::mta::server {
namespace {

using Problem = smtp::DataReader::Problem;

// Of a message that comes fast, at a time.
constexpr size_t kReadBytes = 64 << 10;

}  // namespace

absl::Duration NextPieceWait(absl::Duration timeout, uint32_t min_rate,
                             int64_t received_bytes, absl::Duration elapsed) {
  if (min_rate == 0) return timeout;
  const absl::Duration earned =
      absl::Seconds(1) * (static_cast<double>(received_bytes) / min_rate);
  return std::clamp(timeout + earned - elapsed, absl::ZeroDuration(), timeout);
}

Intake::Intake(const Settings& settings, net::Stream& stream,
               net::LineReader& reader, smtp::DataReader::Framing framing)
    : settings_(settings),
      stream_(stream),
      reader_(reader),
      data_(settings.data, framing),
      began_(std::chrono::steady_clock::now()) {}

net::Task<absl::Status> Intake::Receive(ContentSink& sink,
                                        net::Deadline session_end) {
  while (!IsOver()) {
    if (reader_.Buffered().empty()) {
      CO_RETURN_IF_ERROR(co_await ReadMore(session_end));
    }
    co_await Take(reader_.Buffered(), sink);
  }
  co_return absl::OkStatus();
}

net::Task<absl::Status> Intake::ReceiveChunk(ContentSink& sink, int64_t bytes,
                                             net::Deadline session_end) {
  while (bytes > 0 && !IsOver()) {
    if (reader_.Buffered().empty()) {
      CO_RETURN_IF_ERROR(co_await ReadMore(session_end));
    }
    const absl::string_view buffered = reader_.Buffered();
    const int64_t taken =
        std::min(bytes, static_cast<int64_t>(buffered.size()));
    co_await Take(buffered.substr(0, static_cast<size_t>(taken)), sink);
    bytes -= taken;
  }
  co_return absl::OkStatus();
}

net::Task<absl::Status> Intake::ReadMore(net::Deadline session_end) {
  const absl::Duration elapsed =
      absl::FromChrono(std::chrono::steady_clock::now() - began_);
  const absl::Duration wait = NextPieceWait(
      settings_.timeout, settings_.min_data_rate, data_.wire_bytes(), elapsed);
  const net::Deadline deadline =
      std::min(net::Deadline::After(wait), session_end);
  CO_ASSIGN_OR_RETURN(const size_t n, co_await stream_.Read(
                                          reader_.Space(kReadBytes), deadline));
  if (n == 0) co_return absl::OutOfRangeError("the client hung up");
  reader_.Fill(n);
  co_return absl::OkStatus();
}

net::Task<> Intake::Take(absl::string_view bytes, ContentSink& sink) {
  content_.clear();
  const size_t taken = data_.Consume(bytes, content_);
  reader_.Consume(taken);
  if (content_.empty() || problem() != Problem::kNone || !stored_.ok()) {
    co_return;
  }
  stored_ = co_await sink.Append(content_);
}

bool Intake::IsOver() const {
  return data_.is_done() || (settings_.dialogue.disconnect_on_bare_newline &&
                             problem() == Problem::kBareNewline);
}

}  // namespace postern::mta::server
