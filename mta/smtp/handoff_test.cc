#include "mta/smtp/handoff.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::smtp {
namespace {

using ::postern::testing::IsOk;
using Kind = HandoffCommand::Kind;

const std::string kNonce(16, 'n');
const std::string kDigest(32, 'd');
const HandoffKey::Session kSession = {.client_nonce = std::string(16, 'c'),
                                      .server_nonce = std::string(16, 's'),
                                      .server_name = std::string(16, 'v'),
                                      .binding = ""};

absl::StatusOr<HandoffCommand> Parse(const std::string& line) {
  return ParseHandoff(absl::string_view(line).substr(9, line.size() - 11));
}

TEST(HandoffTest, WhatIsSaidIsReadBack) {
  const HandoffCommand commands[] = {
      {.kind = Kind::kHello, .value = kNonce},
      {.kind = Kind::kProof, .value = kDigest},
      {.kind = Kind::kMessage, .envelope_bytes = 300, .content_bytes = 0}};
  for (const HandoffCommand& command : commands) {
    const std::string line = FormatHandoff(command);
    SCOPED_TRACE(line);
    const auto read = Parse(line);
    ASSERT_THAT(read, IsOk());
    EXPECT_EQ(*read, command);
  }
  const auto small = ParseHandoff("message 7 9");
  ASSERT_THAT(small, IsOk());
  EXPECT_EQ(small->content_bytes, 9);
}

TEST(HandoffTest, RefusesWhatIsNoCommand) {
  const std::string hex(32, 'a');
  for (const std::string& rest : std::vector<std::string>{
           "", "HELLO", "HELLO " + hex + " more", "HELLO " + hex + "a",
           "HELLO " + std::string(32, 'g'), "PROOF " + hex, "MESSAGE 1",
           "MESSAGE 1 2 3", "MESSAGE -1 2", "MESSAGE 1 0x2", "MESSAGE 1 +2",
           "MESSAGE 1 9999999999999999999", "MESSAGE 1 99999999999999999999999",
           "BYE"}) {
    SCOPED_TRACE(rest);
    const auto read = ParseHandoff(rest);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(ReplyFor(read.status()).code, 501);
  }
}

TEST(HandoffTest, AGreetingIsReadBackAndNothingElseIs) {
  const HandoffGreeting greeting = {kNonce, std::string(16, '\xff'), kDigest};
  const Reply reply = FormatGreeting(greeting);
  ReplyParser parser;
  const std::string wire = reply.Format();
  ASSERT_TRUE(parser.Add(wire.substr(0, wire.size() - 2)).value());
  const auto read = ParseGreeting(parser.Take());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->server_name, greeting.server_name);
  EXPECT_EQ(read->server_nonce, greeting.server_nonce);
  EXPECT_EQ(read->proof, greeting.proof);
  EXPECT_FALSE(ParseGreeting({250, "2.7.0", "Ok"}));
  EXPECT_FALSE(ParseGreeting({250, "2.7.0", "a b c"}));
  EXPECT_FALSE(ParseGreeting({550, reply.status, reply.text}));
}

TEST(HandoffTest, AReceiptIsReadBackAndNothingElseIs) {
  const Reply reply = FormatReceipt({"0dk3v9zq1h7xw", kDigest});
  const auto read = ParseReceipt(reply);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->queue_id, "0dk3v9zq1h7xw");
  EXPECT_EQ(read->signature, kDigest);
  EXPECT_FALSE(ParseReceipt({250, "2.0.0", "Ok: queued as x"}));
  EXPECT_FALSE(ParseReceipt({250, "2.0.0", "x"}));
  EXPECT_FALSE(ParseReceipt(
      {250, "2.0.0", absl::StrCat(std::string(40, 'x'), " ", "00")}));
  EXPECT_FALSE(ParseReceipt({450, reply.status, reply.text}));
}

TEST(HandoffTest, EachSideProvesThatItKnowsTheSecret) {
  const HandoffKey ours("secret", kSession);
  const HandoffKey theirs("secret", kSession);
  EXPECT_TRUE(ours.IsServerProof(theirs.ServerProof()));
  EXPECT_TRUE(theirs.IsClientProof(ours.ClientProof()));
  // What one has said is no proof of the other.
  EXPECT_FALSE(ours.IsServerProof(ours.ClientProof()));
  EXPECT_FALSE(theirs.IsClientProof(theirs.ServerProof()));
  EXPECT_FALSE(ours.IsServerProof(""));
  const HandoffKey strangers("another", kSession);
  EXPECT_FALSE(ours.IsServerProof(strangers.ServerProof()));
  EXPECT_FALSE(ours.IsClientProof(strangers.ClientProof()));
}

TEST(HandoffTest, ProofsAreOfOneSessionAlone) {
  const HandoffKey key("secret", kSession);
  HandoffKey::Session other = kSession;
  other.server_nonce[0] = 'x';
  EXPECT_FALSE(key.IsServerProof(HandoffKey("secret", other).ServerProof()));
  other = kSession;
  other.client_nonce[0] = 'x';
  EXPECT_FALSE(key.IsServerProof(HandoffKey("secret", other).ServerProof()));
  other = kSession;
  other.server_name[0] = 'x';
  EXPECT_FALSE(key.IsServerProof(HandoffKey("secret", other).ServerProof()));
  other = kSession;
  other.binding = "of another TLS connection";
  EXPECT_FALSE(key.IsServerProof(HandoffKey("secret", other).ServerProof()));
}

std::string Signature(uint64_t number, const std::string& envelope,
                      const std::string& content) {
  const HandoffKey key("secret", kSession);
  net::KeyedDigest digest =
      key.BeginMessage(number, static_cast<int64_t>(envelope.size()),
                       static_cast<int64_t>(content.size()));
  digest.Add(envelope);
  digest.Add(content);
  return digest.Finish();
}

TEST(HandoffTest, ASignatureIsOfOneMessageInOnePlace) {
  const std::string signature = Signature(1, "envelope", "content");
  EXPECT_EQ(Signature(1, "envelope", "content"), signature);
  EXPECT_NE(Signature(2, "envelope", "content"), signature);
  EXPECT_NE(Signature(1, "envelopec", "ontent"), signature);
  EXPECT_NE(Signature(1, "envelope", "contenT"), signature);
}

TEST(HandoffTest, AReceiptIsSignedForOneMessage) {
  const HandoffKey key("secret", kSession);
  EXPECT_NE(key.SignatureOfReceipt(1, "a"), key.SignatureOfReceipt(2, "a"));
  EXPECT_NE(key.SignatureOfReceipt(1, "a"), key.SignatureOfReceipt(1, "b"));
  EXPECT_NE(key.SignatureOfReceipt(1, "a"),
            HandoffKey("other", kSession).SignatureOfReceipt(1, "a"));
}

}  // namespace
}  // namespace postern::mta::smtp
