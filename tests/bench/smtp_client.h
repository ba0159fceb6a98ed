// A connection that speaks SMTP, in the clear or with TLS from the first byte.
//
// It tells of whole replies and knows nothing of what they answer: that is the
// generator's, which inherits from it.
//
//   class Session : public SmtpClient {
//     void OnReply(absl::string_view last_line) override {
//       Say("QUIT\r\n");
//     }
//     void OnClosed() override {}
//   };
//   session.Open(target);
//
// Threads: one.

#ifndef POSTERN_TESTS_BENCH_SMTP_CLIENT_H_
#define POSTERN_TESTS_BENCH_SMTP_CLIENT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "tests/bench/event_loop.h"
#include "tests/bench/tls_layer.h"

namespace postern::bench {

class SmtpClient : public Connection {
 public:
  // Without `tls` it speaks in the clear; `tls` must outlive it.
  explicit SmtpClient(EventLoop& loop, TlsContext* tls = nullptr)
      : Connection(loop), context_(tls) {}

  // A closed one may be opened again, also by OnReply() and OnClosed().
  void Open(const Target& target);
  void Open(const Target& target, const Target& source);
  // Once a reply has come.
  void Say(absl::string_view text);

  bool is_resumed() const { return tls_ && tls_->is_resumed(); }

 protected:
  // The last line of a reply, with its line end.
  virtual void OnReply(absl::string_view last_line) = 0;

 private:
  void OnData(std::string& input) final;
  void Begin();
  void TellReplies();

  TlsContext* const context_;
  std::optional<TlsLayer> tls_;
  std::string text_;
  uint64_t times_opened_ = 0;
};

}  // namespace postern::bench

#endif  // POSTERN_TESTS_BENCH_SMTP_CLIENT_H_
