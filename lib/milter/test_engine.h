// Both engines with a ScriptedFilter behind a Unix socket, for tests that are
// run on each.

#ifndef POSTERN_LIB_MILTER_TEST_ENGINE_H_
#define POSTERN_LIB_MILTER_TEST_ENGINE_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "lib/milter/libmilter_server.h"
#include "lib/milter/scripted_filter.h"
#include "lib/milter/server.h"
#include "lib/milter/test_server_end.h"
#include "lib/net/listener.h"
#include "lib/testing/temp_dir.h"

namespace postern::milter {

// Of PROGRESS: a test that has a message wait need not wait for long.
inline constexpr absl::Duration kOften = absl::Milliseconds(20);

// An engine that serves; libmilter can be started once in a process.
class TestEngine {
 public:
  explicit TestEngine(config::v1::MilterServer::Engine engine)
      : endpoint(net::Endpoint::Parse("unix:" + dir_.path() + "/s").value()) {
    if (engine == MilterServer::ENGINE_LIBMILTER) {
      libmilter_ = LibmilterServer::Start(
                       {.endpoint = endpoint, .progress_interval = kOften},
                       context, *runtime)
                       .value();
      return;
    }
    server_.emplace(Server::Options{.progress_interval = kOften}, context,
                    drain_);
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

class EngineTest
    : public ::testing::TestWithParam<config::v1::MilterServer::Engine> {
 protected:
  using MilterServer = config::v1::MilterServer;

  EngineTest() : engine_(TestEngine::Of(GetParam())) {
    filter_.Reset();
    context_.on_failure = MilterServer::FAILURE_ACCEPT;
    filter_.wanted.add_headers = filter_.wanted.change_headers = true;
  }

  static void TearDownTestSuite() { TestEngine::EndAll(); }

  // Connects and agrees upon options as a server of that version.
  Options Negotiate(uint32_t version = 6) {
    end_.emplace(*engine_.runtime, engine_.endpoint);
    const std::vector<Answer> answers = end_->Exchange(OfferOf(version), 1);
    EXPECT_EQ(answers.size(), 1u);
    return answers.empty() ? Options() : ParseOptions(answers[0].body).value();
  }

  static std::string EndOfMessage() { return PacketOf(Command::kEndOfMessage); }

  // Sends one whole message to an engine that is silent until its end.
  std::vector<Answer> Deliver() {
    return end_->Finish(EnvelopePackets() + MessagePackets() + EndOfMessage());
  }

  TestEngine& engine_;
  ScriptedFilter& filter_ = engine_.filter;
  Meters& meters_ = engine_.meters;
  FilterContext& context_ = engine_.context;
  std::optional<TestServerEnd> end_;
};

inline auto BothEngines() {
  return ::testing::Values(config::v1::MilterServer::ENGINE_POSTERN,
                           config::v1::MilterServer::ENGINE_LIBMILTER);
}

inline std::string EngineName(
    const ::testing::TestParamInfo<EngineTest::ParamType>& info) {
  return info.param == config::v1::MilterServer::ENGINE_POSTERN ? "Postern"
                                                                : "Libmilter";
}

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_TEST_ENGINE_H_
