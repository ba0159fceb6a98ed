#include "lib/redis/settings.h"

#include <string>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::redis {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::StartsWith;

absl::StatusOr<Settings> Read(const std::string& text) {
  config::v1::Redis config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config));
  return ReadSettings(config, "greylistd");
}

TEST(SettingsTest, WhatIsUnsetHasItsDefault) {
  const auto settings = Read("endpoints: '127.0.0.1:6379'");
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->endpoints.front().ToString(), "127.0.0.1:6379");
  EXPECT_EQ(settings->operation_timeout, absl::Milliseconds(150));
  EXPECT_EQ(settings->connect_timeout, absl::Seconds(1));
  EXPECT_EQ(settings->breaker.failures, 5);
  EXPECT_EQ(settings->breaker.shortest_pause, absl::Milliseconds(100));
  EXPECT_EQ(settings->breaker.longest_pause, absl::Seconds(5));
  EXPECT_EQ(settings->connections, 1u);
  EXPECT_EQ(settings->sentinel_master, "mymaster");
  EXPECT_FALSE(settings->use_tls);
  EXPECT_FALSE(settings->server_login.require_master);
  EXPECT_EQ(settings->server_login.client_name, "postern-greylistd");
}

TEST(SettingsTest, TakesWhatIsSet) {
  const auto settings = Read(R"(
      mode: MODE_SENTINEL endpoints: 's1:26379' endpoints: 's2:26379'
      sentinel_master: 'mail' sentinel_username: 'su'
      sentinel_password_file: '/s' username: 'u' password_file: '/p'
      database: 2 operation_timeout { nanos: 50000000 }
      connect_timeout { seconds: 2 } key_prefix: 'x:'
      circuit_breaker { failures: 9 shortest_pause { seconds: 1 }
                        longest_pause { seconds: 7 } }
      tls { ca_file: '/ca' certificate_file: '/c' key_file: '/k'
            server_name: 'redis.example.org' }
      connections_per_reactor: 3)");
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->endpoints.size(), 2u);
  EXPECT_EQ(settings->sentinel_master, "mail");
  EXPECT_EQ(settings->sentinel_login.username, "su");
  EXPECT_EQ(settings->sentinel_login.password_file, "/s");
  EXPECT_EQ(settings->sentinel_login.database, 0u);
  EXPECT_FALSE(settings->sentinel_login.require_master);
  EXPECT_EQ(settings->server_login.username, "u");
  EXPECT_EQ(settings->server_login.database, 2u);
  EXPECT_TRUE(settings->server_login.require_master);
  EXPECT_EQ(settings->operation_timeout, absl::Milliseconds(50));
  EXPECT_EQ(settings->connect_timeout, absl::Seconds(2));
  EXPECT_EQ(settings->breaker.failures, 9);
  EXPECT_EQ(settings->breaker.shortest_pause, absl::Seconds(1));
  EXPECT_EQ(settings->breaker.longest_pause, absl::Seconds(7));
  EXPECT_EQ(settings->key_prefix, "x:");
  EXPECT_TRUE(settings->use_tls);
  EXPECT_TRUE(settings->tls.verify_peer);
  EXPECT_EQ(settings->tls.ca_file, "/ca");
  EXPECT_EQ(settings->tls_server_name, "redis.example.org");
  EXPECT_EQ(settings->connections, 3u);
}

TEST(SettingsTest, RefusesWhatCannotWorkAndNamesTheField) {
  struct Case {
    const char* why;
    const char* config;
    const char* field;
  };
  const Case cases[] = {
      {"no server", "", "redis.endpoints:"},
      {"two servers", "endpoints: 'a:1' endpoints: 'b:1'", "redis.endpoints:"},
      {"not an endpoint", "endpoints: 'a'", "redis.endpoints:"},
      {"port 0", "endpoints: '127.0.0.1:0'", "redis.endpoints:"},
      {"a socket in a cluster", "mode: MODE_CLUSTER endpoints: 'unix:/s'",
       "redis.endpoints:"},
      {"a user without password", "endpoints: 'a:1' username: 'u'",
       "redis.password_file:"},
      {"the same for sentinels", "endpoints: 'a:1' sentinel_username: 'u'",
       "redis.sentinel_password_file:"},
      {"a cluster's database",
       "mode: MODE_CLUSTER endpoints: 'a:1' database: 1", "redis.database:"},
      {"a certificate without key",
       "endpoints: 'a:1' tls { certificate_file: '/c' }", "redis.tls:"},
      {"TLS over a Unix socket", "endpoints: 'unix:/s' tls {}", "redis.tls:"},
      {"braces would make a tag (RD-05)", "endpoints: 'a:1' key_prefix: '{p}'",
       "redis.key_prefix:"},
      {"a space", "endpoints: 'a:1' key_prefix: 'p q'", "redis.key_prefix:"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(Read(c.config), StatusIs(absl::StatusCode::kInvalidArgument,
                                         StartsWith(c.field)));
  }
}

TEST(SettingsTest, TheClientNameHasNoSpaces) {
  config::v1::Redis config;
  config.add_endpoints("127.0.0.1:1");
  const auto settings = ReadSettings(config, "my program\n");
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->server_login.client_name, "postern-my-program?");
}

}  // namespace
}  // namespace postern::redis
