#include "mta/restrictions/domain_look_up.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"

namespace postern::mta::restrictions {
namespace {

TEST(DomainLookUpTest, MailOrAHostBehindAName) {
  dns::FakeResolver dns(R"(
    mx.example      MX  10 mail.mx.example
    host.example    A   192.0.2.1
    six.example     AAAA 2001:db8::1
    null.example    MX  0 .
    text.example    TXT "nothing"
    slow.example    TIMEOUT
    broken.example  SERVFAIL
    half.example    MX  SERVFAIL
    half.example    A   192.0.2.1
  )");
  const std::unique_ptr<net::Runtime> runtime =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  struct Case {
    const char* name;
    DomainStatus domain;
    DomainStatus host;
  };
  const Case cases[] = {
      {"mx.example", DomainStatus::kOk, DomainStatus::kOk},
      {"host.example", DomainStatus::kOk, DomainStatus::kOk},
      {"host.example.", DomainStatus::kOk, DomainStatus::kOk},
      {"six.example", DomainStatus::kOk, DomainStatus::kOk},
      {"null.example", DomainStatus::kNullMx, DomainStatus::kNullMx},
      {"text.example", DomainStatus::kNone, DomainStatus::kNone},
      {"none.example", DomainStatus::kNone, DomainStatus::kNone},
      {"no name", DomainStatus::kNone, DomainStatus::kNone},
      {"192.0.2.1", DomainStatus::kNone, DomainStatus::kNone},
      {"slow.example", DomainStatus::kTemporaryFailure,
       DomainStatus::kTemporaryFailure},
      {"broken.example", DomainStatus::kTemporaryFailure,
       DomainStatus::kTemporaryFailure},
      {"half.example", DomainStatus::kTemporaryFailure, DomainStatus::kOk},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(runtime->BlockOn(LookUpDomain(dns, c.name)), c.domain) << c.name;
    EXPECT_EQ(runtime->BlockOn(LookUpHost(dns, c.name)), c.host) << c.name;
  }
}

}  // namespace
}  // namespace postern::mta::restrictions
