#include "mta/outbound/test_taker.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "mta/smtp/handoff.h"

namespace postern::mta::outbound {

using Kind = smtp::HandoffCommand::Kind;

// One client, to its end.
class TestTaker::Connection {
 public:
  Connection(TestTaker& taker, int fd) : taker_(taker), fd_(fd) {}

  void Serve() {
    Send("220 taker ESMTP\r\n");
    while (const std::optional<std::string> line = ReadLine()) {
      if (absl::StartsWith(*line, "EHLO")) {
        Send("250-taker\r\n250 XHANDOFF\r\n");
      } else if (absl::StartsWith(*line, "XHANDOFF ")) {
        if (!Answer(*smtp::ParseHandoff(line->substr(9)))) return;
      } else {
        Send("221 2.0.0 Bye\r\n");
        return;
      }
    }
  }

 private:
  // Returns false when the connection is to be closed.
  bool Answer(const smtp::HandoffCommand& command) {
    switch (command.kind) {
      case Kind::kHello: {
        smtp::HandoffGreeting greeting;
        greeting.server_name = taker_.name_;
        greeting.server_nonce = std::string(16, 'n');
        key_.emplace(taker_.secret_, smtp::HandoffKey::Session{
                                         .client_nonce = command.value,
                                         .server_nonce = greeting.server_nonce,
                                         .server_name = greeting.server_name,
                                         .binding = ""});
        greeting.proof = key_->ServerProof();
        Send(smtp::FormatGreeting(greeting).Format());
        return true;
      }
      case Kind::kProof: {
        const bool is_known = key_->IsClientProof(command.value);
        Send(is_known ? "250 2.7.0 Ok\r\n" : "535 5.7.8 no\r\n");
        return is_known;
      }
      case Kind::kMessage:
        return Receive(command);
    }
    return false;
  }

  bool Receive(const smtp::HandoffCommand& command) {
    net::KeyedDigest digest = key_->BeginMessage(
        ++number_, command.envelope_bytes, command.content_bytes);
    const auto envelope = ReadBytes(command.envelope_bytes);
    const auto content = ReadBytes(command.content_bytes);
    const auto signature = ReadBytes(net::KeyedDigest::kBytes);
    if (!envelope || !content || !signature) return false;
    digest.Add(*envelope);
    digest.Add(*content);
    Message message;
    message.envelope.ParseFromString(*envelope);
    message.content = *content;
    message.is_signed = digest.Finish() == *signature;
    using Outcome = TestTaker::Answer;
    switch (taker_.Take(std::move(message))) {
      case Outcome::kTake:
        SendReceipt(key_->SignatureOfReceipt(number_, "taken"));
        return true;
      case Outcome::kForge:
        SendReceipt(std::string(32, 'x'));
        return true;
      case Outcome::kRefuse:
        Send("451 4.3.0 not now\r\n");
        return true;
      case Outcome::kReject:
        Send("554 5.5.4 never\r\n");
        return false;
      case Outcome::kVanish:
        return false;
      case Outcome::kHang:
        ReadLine();
        return false;
    }
    return false;
  }

  void SendReceipt(const std::string& signature) {
    Send(smtp::FormatReceipt({"taken", signature}).Format());
  }

  void Send(absl::string_view text) {
    ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
  }

  bool ReadMore() {
    char buffer[65536];
    const ssize_t n = ::read(fd_, buffer, sizeof(buffer));
    if (n <= 0) return false;
    buffer_.append(buffer, static_cast<size_t>(n));
    return true;
  }
  std::optional<std::string> ReadLine() {
    size_t end = 0;
    while ((end = buffer_.find("\r\n")) == buffer_.npos) {
      if (!ReadMore()) return std::nullopt;
    }
    const std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
  }
  std::optional<std::string> ReadBytes(size_t bytes) {
    while (buffer_.size() < bytes) {
      if (!ReadMore()) return std::nullopt;
    }
    const std::string read = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return read;
  }

  TestTaker& taker_;
  const int fd_;
  std::string buffer_;
  std::optional<smtp::HandoffKey> key_;
  uint64_t number_ = 0;
};

TestTaker::TestTaker(std::string secret, char name)
    : secret_(std::move(secret)),
      name_(16, name),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), raw, size) != 0 ||
      ::listen(listener_.get(), 64) != 0 ||
      ::getsockname(listener_.get(), raw, &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

void TestTaker::Accept() {
  while (true) {
    const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    {
      absl::MutexLock lock(&mutex_);
      if (is_stopped_) {
        ::close(fd);
        return;
      }
      ++connections_;
      open_.insert(fd);
    }
    threads_.emplace_back([this, fd] {
      Connection(*this, fd).Serve();
      absl::MutexLock lock(&mutex_);
      open_.erase(fd);
      ::close(fd);
    });
  }
}

void TestTaker::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    if (is_stopped_) return;
    is_stopped_ = true;
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  listener_.Reset();
}

void TestTaker::AnswerWith(Decide decide) {
  absl::MutexLock lock(&mutex_);
  decide_ = std::move(decide);
}

TestTaker::Answer TestTaker::Take(Message message) {
  absl::MutexLock lock(&mutex_);
  const Answer answer = decide_(message);
  if (answer == Answer::kTake || answer == Answer::kVanish ||
      answer == Answer::kForge) {
    messages_.push_back(std::move(message));
  }
  return answer;
}

std::vector<TestTaker::Message> TestTaker::messages() const {
  absl::MutexLock lock(&mutex_);
  return messages_;
}

int TestTaker::connections() const {
  absl::MutexLock lock(&mutex_);
  return connections_;
}

}  // namespace postern::mta::outbound
