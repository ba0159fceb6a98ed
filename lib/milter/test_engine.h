// Both engines with a ScriptedFilter behind a Unix socket, for tests.

#ifndef POSTERN_LIB_MILTER_TEST_ENGINE_H_
#define POSTERN_LIB_MILTER_TEST_ENGINE_H_

#include <map>
#include <memory>
#include <optional>

#include "gtest/gtest.h"
#include "lib/milter/libmilter_server.h"
#include "lib/milter/scripted_filter.h"
#include "lib/milter/server.h"
#include "lib/net/listener.h"
#include "lib/testing/temp_dir.h"

namespace postern::milter {

// An engine that serves; libmilter can be started once in a process.
class TestEngine {
 public:
  explicit TestEngine(config::v1::MilterServer::Engine engine)
      : endpoint(net::Endpoint::Parse("unix:" + dir_.path() + "/s").value()) {
    if (engine == MilterServer::ENGINE_LIBMILTER) {
      libmilter_ =
          LibmilterServer::Start({.endpoint = endpoint}, context, *runtime)
              .value();
      return;
    }
    server_.emplace(Server::Options{}, context, drain_);
    listener_ = net::Listener::Open(*runtime, {.endpoint = endpoint}).value();
    listener_->Serve(drain_, *server_);
  }

  ~TestEngine() {
    if (libmilter_) libmilter_->Stop(absl::Seconds(20));
    if (listener_) listener_->Close();
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
  }

  static TestEngine& Of(config::v1::MilterServer::Engine engine) {
    std::unique_ptr<TestEngine>& one = all_[engine];
    if (one == nullptr) one = std::make_unique<TestEngine>(engine);
    return *one;
  }
  static void EndAll() { all_.clear(); }

 private:
  using MilterServer = config::v1::MilterServer;
  static inline std::map<MilterServer::Engine, std::unique_ptr<TestEngine>>
      all_;

  postern::testing::TempDir dir_;
  net::Drain drain_;
  metrics::Registry metrics_;

 public:
  const std::unique_ptr<net::Runtime> runtime =
      net::Runtime::Create({.reactors = 2, .blocking_threads = 1}).value();
  ScriptedFilter filter;
  Meters meters{"testd", metrics_};
  FilterContext context{filter, meters};
  const net::Endpoint endpoint;

 private:
  std::optional<Server> server_;
  std::unique_ptr<net::Listener> listener_;
  std::unique_ptr<LibmilterServer> libmilter_;
};

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_TEST_ENGINE_H_
