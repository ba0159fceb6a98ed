// An HTTPS server on loopback for tests: it says what it was told to say.
//
//   TestServer server("reports.example.org");
//   server.Answer("/tls", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
//   dns.Add("reports.example.org A 127.0.0.1");
//   client->Get(server.Uri("/tls"), …);
//
// Threads: locks internally; each connection has a thread of its own.

#ifndef POSTERN_LIB_HTTPS_TEST_SERVER_H_
#define POSTERN_LIB_HTTPS_TEST_SERVER_H_

#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/unique_fd.h"
#include "lib/net/test_certificate.h"
#include "lib/testing/temp_dir.h"

namespace postern::https {

class TestServer {
 public:
  // Its certificate is for `host` and in ca_file().
  explicit TestServer(const std::string& host);
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  // Closes all connections.
  ~TestServer();

  // The answer, word by word, to whoever asks for `path`. Others get a 404;
  // with an empty answer nothing is said until the client leaves.
  void Answer(const std::string& path, std::string answer);

  std::string Uri(const std::string& path) const;
  std::string ca_file() const;
  // What was asked, header and body, in order.
  std::vector<std::string> requests() const;

 private:
  void Accept();
  void Serve(int fd);
  std::string AnswerTo(const std::string& request);

  const std::string host_;
  const net::TestCertificate identity_;
  testing::TempDir dir_;
  UniqueFd socket_;
  uint16_t port_ = 0;
  mutable absl::Mutex mutex_;
  std::map<std::string, std::string> answers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<UniqueFd> connections_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> servers_ ABSL_GUARDED_BY(mutex_);
  std::thread acceptor_;  // The last: it uses the others.
};

}  // namespace postern::https

#endif  // POSTERN_LIB_HTTPS_TEST_SERVER_H_
