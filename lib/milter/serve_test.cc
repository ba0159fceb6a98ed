#include "lib/milter/serve.h"

#include <sys/stat.h>

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/config/config.h"
#include "lib/daemon/parts.h"
#include "lib/milter/scripted_filter.h"
#include "lib/milter/test_server_end.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::milter {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

config::v1::MilterServer Config(absl::string_view yaml) {
  config::v1::MilterServer config;
  EXPECT_THAT(config::Load(yaml, "test.yaml", config), IsOk());
  return config;
}

TEST(ServeTest, SaysWhatIsWrongWithAConfiguration) {
  const struct {
    const char* yaml;
    const char* want;
  } cases[] = {
      {"listen: 8891", "milter.listen: "},
      {"listen: inet:8891@mx.example.org", "milter.listen: "},
      {"tls: {client_ca_file: /ca.pem}", "milter.tls.chain_files: "},
      {"{engine: libmilter, listen: [/a, /b]}", "milter.listen: "},
      {"{engine: libmilter, tls: {chain_files: /a.pem}}", "milter.tls: "},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(CheckConfig(Config(c.yaml)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.want)))
        << c.yaml;
  }
  EXPECT_THAT(CheckConfig(Config("{}")), IsOk());
  EXPECT_THAT(CheckConfig(Config("{listen: [inet:12345@localhost, /s]}")),
              IsOk());
}

TEST(ServeTest, DefaultsAreSafe) {
  const config::v1::MilterServer config = Config("{}");
  EXPECT_EQ(config.socket_mode(), 0660u);
  EXPECT_EQ(config.engine(), config::v1::MilterServer::ENGINE_POSTERN);
  EXPECT_EQ(config.on_failure(), config::v1::MilterServer::FAILURE_ACCEPT);
}

// One message through a daemon with that engine.
void ServesOn(const std::string& engine) {
  const testing::TempDir dir;
  const std::string path = dir.path() + "/s";
  ScriptedFilter filter;
  daemon::Parts parts("testd", config::v1::Daemon(),
                      net::Runtime::Create({.reactors = 1}).value());
  ASSERT_THAT(Serve(parts,
                    Config("{listen: 'local:" + path +
                           "', socket_mode: 0600, engine: " + engine + "}"),
                    8891, filter),
              IsOk());
  parts.Serve();
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  {
    TestServerEnd end(parts.runtime(),
                      net::Endpoint::Parse("unix:" + path).value());
    EXPECT_THAT(end.Exchange(OfferOf(6), 1), SizeIs(1));
    std::string end_of_message;
    AppendCommand(Command::kEndOfMessage, "", end_of_message);
    EXPECT_THAT(
        end.Finish(EnvelopePackets() + MessagePackets() + end_of_message),
        ElementsAre(Answer{'c'}));
  }
  EXPECT_THAT(parts.metrics().Render(),
              HasSubstr("postern_testd_milter_messages_total"
                        "{outcome=\"accepted\"} 1"));
  EXPECT_TRUE(parts.Drain(absl::Seconds(20)));
  EXPECT_NE(::stat(path.c_str(), &info), 0);
}

TEST(ServeTest, RunsOurEngine) { ServesOn("postern"); }

TEST(ServeTest, RunsLibmilter) { ServesOn("libmilter"); }

}  // namespace
}  // namespace postern::milter
