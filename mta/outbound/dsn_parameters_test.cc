#include "mta/outbound/dsn_parameters.h"

#include <string>

#include "gtest/gtest.h"

namespace postern::mta::outbound {
namespace {

std::string Mail(spool::v1::Return dsn_return, const std::string& id) {
  spool::v1::Envelope envelope;
  envelope.set_dsn_return(dsn_return);
  envelope.set_dsn_envelope_id(id);
  return MailDsn(envelope);
}

std::string RcptWithOrcpt(const std::string& orcpt) {
  spool::v1::Recipient recipient;
  recipient.set_original_recipient(orcpt);
  return RcptDsn(recipient);
}

TEST(DsnParametersTest, PassOnWhatMailSaid) {
  EXPECT_EQ(Mail(spool::v1::RETURN_UNSPECIFIED, ""), "");
  EXPECT_EQ(Mail(spool::v1::RETURN_FULL, ""), " RET=FULL");
  EXPECT_EQ(Mail(spool::v1::RETURN_HEADERS, "QQ+2B1"),
            " RET=HDRS ENVID=QQ+2B1");
}

TEST(DsnParametersTest, PassOnWhatRcptSaid) {
  spool::v1::Recipient recipient;
  EXPECT_EQ(RcptDsn(recipient), "");
  recipient.set_notify_success(true);
  recipient.set_notify_failure(true);
  recipient.set_notify_delay(true);
  recipient.set_original_recipient("rfc822;bob+2Bx@example.com");
  EXPECT_EQ(RcptDsn(recipient),
            " NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;bob+2Bx@example.com");
  recipient.set_notify_never(true);
  recipient.clear_original_recipient();
  EXPECT_EQ(RcptDsn(recipient), " NOTIFY=NEVER");
}

// RFC 6533 section 3.
TEST(DsnParametersTest, WriteAnAddressBeyondAsciiInAscii) {
  EXPECT_EQ(RcptWithOrcpt("utf-8;j\xC3\xB6rg@example.com"),
            " ORCPT=utf-8;j\\x{F6}rg@example.com");
  EXPECT_EQ(RcptWithOrcpt("utf-8;j\\x{F6}rg@example.com"),
            " ORCPT=utf-8;j\\x{F6}rg@example.com");
}

TEST(DsnParametersTest, LeaveOutWhatWouldBreakTheLine) {  // MTA-33
  EXPECT_EQ(Mail(spool::v1::RETURN_UNSPECIFIED, "a b"), "");
  EXPECT_EQ(Mail(spool::v1::RETURN_UNSPECIFIED, "a\r\nDATA"), "");
  EXPECT_EQ(Mail(spool::v1::RETURN_UNSPECIFIED, std::string(101, 'x')), "");
  for (const std::string& bad :
       {std::string("rfc822"), std::string("rfc822;"), std::string(";a@b"),
        std::string("r f;a@b"), std::string("rfc822;a b"),
        std::string("rfc822;a\r\nDATA"), std::string("rfc822;a=b"),
        std::string("utf-8;\xFF"), std::string("utf-8;\xC3"),
        "rfc822;" + std::string(500, 'x')}) {
    EXPECT_EQ(RcptWithOrcpt(bad), "") << bad;
  }
}

}  // namespace
}  // namespace postern::mta::outbound
