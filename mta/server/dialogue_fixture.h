// A dialogue and its client, for tests: whatever the dialogue asks for is
// there, and nobody is refused unless the test says so.

#ifndef POSTERN_MTA_SERVER_DIALOGUE_FIXTURE_H_
#define POSTERN_MTA_SERVER_DIALOGUE_FIXTURE_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mta/server/dialogue.h"

namespace postern::mta::server {

inline DialogueRules SomeRules() {
  DialogueRules rules;
  rules.myhostname = "mx.example.org";
  rules.banner = "mx.example.org ESMTP Postern";
  return rules;
}

// A client that talks with a dialogue whose surroundings say yes to everything
// but to recipients at refused.example.
class DialogueTest : public ::testing::Test {
 protected:
  explicit DialogueTest(DialogueRules rules = SomeRules(),
                        Dialogue::Connection connection = {.session = "s"})
      : rules_(std::move(rules)), dialogue_(rules_, std::move(connection)) {}

  // Returns the reply, with "*" behind it when the connection is closed.
  std::string Say(absl::string_view line, bool has_more_input = false) {
    return Answer(
        dialogue_.OnLine({net::Line::Kind::kText, line}, has_more_input));
  }
  std::string SayKind(net::Line::Kind kind, absl::string_view text = "") {
    return Answer(dialogue_.OnLine({kind, text}, false));
  }

  std::string Answer(Step step) {
    while (true) {
      if (step.next == Step::Next::kOpen) {
        step = dialogue_.OnOpen(queue_id_);
      } else if (step.next == Step::Next::kDecision) {
        step = dialogue_.OnDecision(Decide());
      } else if (step.next == Step::Next::kClient) {
        step = dialogue_.OnClient();
      } else if (step.next == Step::Next::kStore) {
        step = dialogue_.OnStored(stored_);
      } else {
        break;
      }
    }
    if (step.next == Step::Next::kContent) is_data_ = true;
    if (step.next == Step::Next::kChunk) {
      return Answer(dialogue_.OnChunk(problem_));
    }
    return absl::StrCat(step.reply.code, " ", step.reply.status,
                        step.next == Step::Next::kClose ? "*" : "");
  }

  restrictions::Decision Decide() const {
    restrictions::Decision decision;
    if (refused_stage_ == dialogue_.stage()) {
      decision.refusal = {550, "5.7.1", "not here"};
    }
    if (dialogue_.stage() != restrictions::Stage::kRecipient) return decision;
    decision.actions.AddHeader("X-A: b");
    if (dialogue_.command().address.domain == "refused.example") {
      decision.refusal = {554, "5.7.1", "no"};
    }
    if (dialogue_.command().address.domain == "closed.example") {
      decision.refusal = {421, "4.7.0", "go"};
    }
    return decision;
  }

  // Says lines until a message may come.
  void BeginMessage() {
    is_data_ = false;
    if (dialogue_.helo_name().empty()) Say("EHLO c.example");
    Say("MAIL FROM:<a@example.net>");
    Say("RCPT TO:<b@example.org>");
    EXPECT_EQ(Say("DATA"), "354 ");
    EXPECT_TRUE(is_data_);
  }

  const DialogueRules rules_;
  Dialogue dialogue_;
  absl::StatusOr<std::string> queue_id_ = "q1";
  absl::Status stored_;
  smtp::DataReader::Problem problem_ = smtp::DataReader::Problem::kNone;
  std::optional<restrictions::Stage> refused_stage_;
  bool is_data_ = false;
};

class StrictDialogueTest : public DialogueTest {
 protected:
  StrictDialogueTest() : DialogueTest(Rules()) {}
  static DialogueRules Rules() {
    DialogueRules rules = SomeRules();
    rules.hard_error_limit = 3;
    rules.recipient_limit = 2;
    return rules;
  }
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_DIALOGUE_FIXTURE_H_
