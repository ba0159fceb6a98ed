// A server for tests that follows a script, whatever the client does, and keeps
// what the client sent. It runs on plain threads and blocking sockets, so that
// it shares no code with what it tests.
//
//   ScriptedServer server({Script{"> 220 hi", "< EHLO", "> 250 hi", "<
//   QUIT"}});
//   ... connect to server.port() ...
//   EXPECT_THAT(server.Finish(), ElementsAre("EHLO relay", "QUIT"));
//
// Steps of a script, one script a connection, in the order of accepting; the
// last one serves all that follow:
//
//   "> text"   send the text and CR LF
//   ">> text"  send the text as it is
//   "< text"   read a line, which must begin with the text
//   "<data"    read to CR LF . CR LF; kept as one entry
//   "drip"     send a byte every few milliseconds until the client leaves
//   "hang"     say nothing until the client leaves
//   "stall"    neither read nor write until Finish()
//   "tls"      go on under TLS, with the server's certificate
//   "loop N"   go back to step N, until the client leaves
//
// At the end of a script the connection is closed.
//
// Threads: locks internally.

#ifndef POSTERN_MTA_OUTBOUND_SCRIPTED_SERVER_H_
#define POSTERN_MTA_OUTBOUND_SCRIPTED_SERVER_H_

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/unique_fd.h"
#include "lib/net/test_certificate.h"

namespace postern::mta::outbound {

class ScriptedServer {
 public:
  using Script = std::vector<std::string>;

  // Listens on 127.0.0.1.
  explicit ScriptedServer(std::vector<Script> scripts);
  // The same, whose certificate is `identity`.
  ScriptedServer(std::vector<Script> scripts, net::TestCertificate identity);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  // Breaks off what is open.
  ~ScriptedServer();

  uint16_t port() const { return port_; }

  // Stops accepting, waits until every connection has ended and returns what
  // came in, in order, and what was not as the script had it ("expected …").
  std::vector<std::string> Finish();

  // The connections so far, and the most that were open at the same time.
  int connections() const;
  int most_at_once() const;

 private:
  class Connection;

  void Accept();
  void Keep(std::string what);

  const std::vector<Script> scripts_;
  const net::TestCertificate identity_;
  UniqueFd listener_;
  uint16_t port_ = 0;
  std::thread acceptor_;
  std::vector<std::thread> threads_;  // The acceptor's, until it has ended.
  std::atomic<bool> is_finishing_ = false;

  mutable absl::Mutex mutex_;
  std::vector<std::string> kept_ ABSL_GUARDED_BY(mutex_);
  int connections_ ABSL_GUARDED_BY(mutex_) = 0;
  std::set<int> open_ ABSL_GUARDED_BY(mutex_);  // Sockets.
  int most_at_once_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_SCRIPTED_SERVER_H_
