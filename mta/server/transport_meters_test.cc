#include "mta/server/transport_meters.h"

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/metrics/metrics.h"

namespace postern::mta::server {
namespace {

using ::testing::HasSubstr;

TEST(TransportMetersTest, CountHandshakesByVersionAndResult) {
  metrics::Registry registry;
  TransportMeters meters(registry);
  net::TlsFacts facts;
  facts.version = "TLSv1.3";
  meters.CountHandshake(absl::OkStatus(), facts);
  facts.is_resumed = true;
  meters.CountHandshake(absl::OkStatus(), facts);
  facts = {};
  facts.version = "TLSv1.2";
  meters.CountHandshake(absl::OkStatus(), facts);
  meters.CountHandshake(absl::UnavailableError("no"), net::TlsFacts());
  meters.CountHandshake(absl::DeadlineExceededError("late"), net::TlsFacts());
  const std::string text = registry.Render();
  const std::string name = "postern_mta_smtpd_tls_handshakes_total";
  EXPECT_THAT(text, HasSubstr(name + "{result=\"ok\",version=\"TLSv1.3\"} 2"));
  EXPECT_THAT(text, HasSubstr(name + "{result=\"ok\",version=\"TLSv1.2\"} 1"));
  EXPECT_THAT(text, HasSubstr(name + "{result=\"failed\",version=\"none\"} 1"));
  EXPECT_THAT(text,
              HasSubstr(name + "{result=\"timed_out\",version=\"none\"} 1"));
  EXPECT_THAT(text, HasSubstr("postern_mta_smtpd_tls_resumptions_total 1"));
}

TEST(TransportMetersTest, TellWhenCertificatesEnd) {
  metrics::Registry registry;
  TransportMeters meters(registry);
  meters.SetCertificates("[::]:465",
                         {{"", absl::FromUnixSeconds(1000)},
                          {"b.example", absl::FromUnixSeconds(2000)}});
  meters.SetCertificates("[::]:465", {{"", absl::FromUnixSeconds(3000)}});
  const std::string text = registry.Render();
  EXPECT_THAT(text, HasSubstr("{listener=\"[::]:465\",name=\"default\"} 3000"));
  EXPECT_THAT(text,
              HasSubstr("{listener=\"[::]:465\",name=\"b.example\"} 2000"));
}

TEST(TransportMetersTest, CountProxyHeaders) {
  metrics::Registry registry;
  TransportMeters meters(registry);
  meters.CountProxy(ProxyResult::kNotListed);
  EXPECT_THAT(registry.Render(),
              HasSubstr("postern_mta_smtpd_proxy_headers_total{result=\"not_"
                        "listed\"} 1"));
}

}  // namespace
}  // namespace postern::mta::server
