// A mail server's end of a milter connection, for tests: it says exactly what a
// test wants and returns what is answered.

#ifndef POSTERN_LIB_MILTER_TEST_SERVER_END_H_
#define POSTERN_LIB_MILTER_TEST_SERVER_END_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/milter/command.h"
#include "lib/milter/options.h"
#include "lib/milter/packet.h"
#include "lib/net/endpoint.h"
#include "lib/net/runtime.h"
#include "lib/net/stream.h"

namespace postern::milter {

// A packet that was received: its letter and its body.
struct Answer {
  char letter = 0;
  std::string body = {};

  friend bool operator==(const Answer&, const Answer&) = default;
};
std::ostream& operator<<(std::ostream& out, const Answer& answer);
inline const Answer kContinue = {'c'};

class TestServerEnd {
 public:
  TestServerEnd(net::Runtime& runtime, const net::Endpoint& endpoint);
  // Closes.
  ~TestServerEnd();

  // Sends packets, and waits for so many.
  std::vector<Answer> Exchange(const std::string& packets, size_t answers);
  // Sends packets, and waits for those up to a verdict.
  std::vector<Answer> Finish(const std::string& packets);
  // Whether the filter closes without a further word.
  bool IsClosed();

  net::Stream& stream() { return *stream_; }

 private:
  net::Task<> Open(net::Endpoint endpoint);
  net::Task<> Close();
  net::Task<> Send(std::string packets);
  net::Task<std::optional<Answer>> Next();

  net::Runtime& runtime_;
  std::optional<net::Stream> stream_;
  PacketReader reader_;
};

// A packet without a body.
std::string PacketOf(Command command);
// What a server of `version` offers: all it has.
std::string OfferOf(uint32_t version);
// Connection, HELO, MAIL and two RCPT, each with macros.
std::string EnvelopePackets(absl::string_view sender = "a@example.net");
// A header of three fields, an end of header and a body, without its end.
std::string MessagePackets();

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_TEST_SERVER_END_H_
