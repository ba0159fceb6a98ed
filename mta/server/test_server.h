// A whole SMTP server for tests: spool in a temporary directory, DNS from a
// text, one reactor, a Unix socket.
//
//   class MyTest : public TestServer { … Start("relay_domains: [a.example]"); }
//
// What was accepted is in messages(), complete with our header fields.

#ifndef POSTERN_MTA_SERVER_TEST_SERVER_H_
#define POSTERN_MTA_SERVER_TEST_SERVER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/config/config.h"
#include "lib/dns/fake_resolver.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/listener.h"
#include "lib/net/runtime.h"
#include "lib/testing/temp_dir.h"
#include "mta/queue/arrivals.h"
#include "mta/queue/spool.h"
#include "mta/server/server.h"
#include "mta/server/test_client.h"

namespace postern::mta::server {

class TestServer : public ::testing::Test {
 protected:
  struct Message {
    spool::v1::Envelope envelope;
    std::string content;
  };

  // Reads a configuration; the host is mx.example.org unless `yaml` says else.
  static config::v1::Mta Config(absl::string_view yaml) {
    config::v1::Mta config;
    const absl::Status loaded = config::Load(
        absl::StrCat("myhostname: mx.example.org\n", yaml), "mta.yaml", config);
    EXPECT_TRUE(loaded.ok()) << loaded;
    return config;
  }

  void Start(absl::string_view yaml) {
    queue::SpoolOptions options;
    options.directory = dir_.path() + "/spool";
    options.queue_minfree_bytes = minfree_bytes_;
    options.message_size_limit_bytes = 1 << 20;
    spool_ = queue::Spool::Open(options, clock_, registry_).value();
    spool_->OnCommitted([this](queue::Spool::Committed committed) {
      absl::MutexLock lock(&mutex_);
      messages_.push_back(
          {committed.envelope, committed.content.value_or("large")});
    });
    server_ = Server::Create(Config(yaml), {.runtime = *runtime_,
                                            .drain = drain_,
                                            .spool = *spool_,
                                            .resolver = dns_,
                                            .clock = clock_,
                                            .metrics = registry_,
                                            .arrivals = &arrivals_})
                  .value();
    config::v1::Listener port;
    listener_ = Open(endpoint());
    listener_->Serve(drain_, server_->AddPort(port));
  }

  ~TestServer() override {
    if (listener_) listener_->Close();
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(30)));
  }

  net::Endpoint endpoint() const {
    return net::Endpoint::Parse("unix:" + dir_.path() + "/smtp").value();
  }

  std::vector<Message> messages() const {
    absl::MutexLock lock(&mutex_);
    return messages_;
  }

  std::unique_ptr<net::Listener> Open(const net::Endpoint& endpoint) {
    net::ListenOptions options;
    options.endpoint = endpoint;
    return net::Listener::Open(*runtime_, std::move(options)).value();
  }

  // EHLO, MAIL, RCPT, DATA: to the 354.
  static void BeginMessage(TestClient& client) {
    client.Say("EHLO client.example");
    client.Say("MAIL FROM:<a@example.net>");
    EXPECT_EQ(client.Say("RCPT TO:<b@example.org>"), "250 2.1.5 Ok");
    EXPECT_EQ(client.Say("DATA"), "354 End data with <CR><LF>.<CR><LF>");
  }

  const testing::TempDir dir_;
  FakeClock clock_;
  metrics::Registry registry_;
  dns::FakeResolver dns_{
      "1.0.0.127.in-addr.arpa PTR localhost\n"
      "localhost A 127.0.0.1\n"};
  int64_t minfree_bytes_ = 1;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  std::unique_ptr<queue::Spool> spool_;
  queue::Arrivals arrivals_{clock_};
  net::Drain drain_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<net::Listener> listener_;

 private:
  mutable absl::Mutex mutex_;
  std::vector<Message> messages_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_TEST_SERVER_H_
