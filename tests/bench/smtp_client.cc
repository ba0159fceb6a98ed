#include "tests/bench/smtp_client.h"

#include <utility>

namespace postern::bench {

void SmtpClient::Open(const Target& target) {
  Connect(target);
  Begin();
}

void SmtpClient::Open(const Target& target, const Target& source) {
  Connect(target, source);
  Begin();
}

void SmtpClient::Begin() {
  ++times_opened_;
  text_.clear();
  if (context_ == nullptr) return;
  tls_.emplace(*context_);
  Send(tls_->Wire());
}

void SmtpClient::Say(absl::string_view text) {
  if (!tls_) return Send(text);
  tls_->Write(text);
  Send(tls_->Wire());
}

void SmtpClient::OnData(std::string& input) {
  if (!tls_) {
    text_ += input;
    input.clear();
    return TellReplies();
  }
  const bool is_well = tls_->Take(input, text_);
  input.clear();
  if (!is_well) {
    Close();
    return OnClosed();
  }
  const std::string wire = tls_->Wire();
  if (!wire.empty()) Send(wire);
  TellReplies();
}

void SmtpClient::TellReplies() {
  const std::string text = std::exchange(text_, "");
  const uint64_t opened = times_opened_;
  size_t start = 0;
  while (true) {
    const size_t end = text.find('\n', start);
    if (end == std::string::npos) break;
    const auto line = absl::string_view(text).substr(start, end + 1 - start);
    start = end + 1;
    if (line.size() > 3 && line[3] == '-') continue;
    OnReply(line);
    // What follows was said on a connection that is gone.
    if (opened != times_opened_ || !is_open()) return;
  }
  text_ = text.substr(start);
}

}  // namespace postern::bench
