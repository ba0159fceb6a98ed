// A whole session without its socket: whatever bytes a client sends, at most
// so many errors are borne, a message begins only after MAIL and RCPT, every
// reply is well-formed, and what is accepted as content has no bare newline.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "lib/net/line_reader.h"
#include "mta/server/dialogue.h"

namespace {

using namespace postern::mta;
using server::AuthAnswer;
using server::AuthInput;
using server::AuthResult;
using server::Dialogue;
using server::Step;
using smtp::DataReader;

server::DialogueRules Rules() {
  server::DialogueRules rules;
  rules.myhostname = "mx.example.org";
  rules.banner = "mx.example.org ESMTP Postern";
  rules.message_size_limit_bytes = 2000;
  rules.recipient_limit = 5;
  rules.hard_error_limit = 10;
  rules.tls = server::TlsSettings::Use::kOffered;
  rules.auth.is_enabled = true;
  rules.auth.only_encrypted = false;
  rules.auth.clear_mechanisms = {"PLAIN"};
  return rules;
}
const server::DialogueRules kRules = Rules();
constexpr smtp::DataLimits kLimits = {.max_message_bytes = 2000,
                                      .max_line_bytes = 1000,
                                      .max_header_bytes = 1000,
                                      .max_hops = 3};

void CheckReply(const smtp::Reply& reply) {
  assert(reply.code >= 200 && reply.code <= 599);
  const std::string wire = reply.Format();
  assert(wire.size() >= 2 && wire.substr(wire.size() - 2) == "\r\n");
}

restrictions::Decision Decide(const Dialogue& dialogue) {
  restrictions::Decision decision;
  if (dialogue.stage() == restrictions::Stage::kRecipient &&
      dialogue.command().address.domain != "example.org") {
    decision.refusal = {554, "5.7.1", "no"};
  }
  return decision;
}

// A mechanism that asks once, and then knows "a".
AuthAnswer Authenticate(const AuthInput& input) {
  assert(input.problem.has_value() || input.mechanism.empty() ||
         input.mechanism == "PLAIN");
  if (input.problem) return {*input.problem};
  if (!input.mechanism.empty()) return {AuthResult::kChallenge, "?"};
  return {
      *input.response == "a" ? AuthResult::kAccepted : AuthResult::kRejected,
      "jean"};
}

// Receives a message from what is buffered; false: its end is not there.
bool Receive(postern::net::LineReader& reader, Dialogue& dialogue, Step& step) {
  assert(dialogue.transaction() != nullptr);
  assert(!dialogue.transaction()->recipients().empty());
  DataReader data(kLimits, DataReader::Framing::kDot);
  std::string content;
  reader.Consume(data.Consume(reader.Buffered(), content));
  if (!data.is_done()) return false;
  if (data.problem() == DataReader::Problem::kNone) {
    assert(content.find('\0') == std::string::npos);
  }
  step = dialogue.OnContent(data.problem(), data.content_bytes());
  return true;
}

// The content that BDAT has brought for the open transaction.
std::optional<DataReader> chunks;

// Receives a chunk from what is buffered; false: not all of it is there.
bool ReceiveChunk(postern::net::LineReader& reader, Dialogue& dialogue,
                  Step& step) {
  const smtp::Command& command = dialogue.command();
  const absl::string_view buffered = reader.Buffered();
  if (command.chunk_bytes > static_cast<int64_t>(buffered.size())) return false;
  const size_t bytes = static_cast<size_t>(command.chunk_bytes);
  DataReader::Problem problem = DataReader::Problem::kNone;
  if (dialogue.is_chunk_wanted()) {
    assert(!dialogue.transaction()->recipients().empty());
    if (!dialogue.transaction()->has_chunks()) {
      chunks.emplace(kLimits, DataReader::Framing::kCount);
    }
    std::string content;
    assert(chunks->Consume(buffered.substr(0, bytes), content) == bytes);
    if (command.is_last_chunk) chunks->Finish();
    assert(chunks->content_bytes() <= kLimits.max_message_bytes);
    problem = chunks->problem();
  } else {
    assert(dialogue.transaction() == nullptr);
  }
  reader.Consume(bytes);
  step = dialogue.OnChunk(problem);
  return true;
}

// A relay hands over what is buffered; false: not all of it is there.
bool TakeHandoff(postern::net::LineReader& reader, Dialogue& dialogue,
                 Step& step) {
  const smtp::HandoffCommand& command = dialogue.command().handoff;
  assert(dialogue.transaction() == nullptr);
  const size_t buffered = reader.Buffered().size();
  const auto bytes = static_cast<uint64_t>(command.envelope_bytes) +
                     static_cast<uint64_t>(command.content_bytes);
  if (bytes > buffered) return false;
  reader.Consume(bytes);
  const bool is_odd = bytes % 2 == 1;
  step = dialogue.OnHandoff({{is_odd ? 554 : 250, "", "x"}, bytes % 3 == 1});
  return true;
}

// Does what `step` asks for, until it says something; false: not all is there.
bool Resolve(postern::net::LineReader& reader, Dialogue& dialogue, Step& step) {
  while (true) {
    switch (step.next) {
      case Step::Next::kGoOn:
      case Step::Next::kListen:
      case Step::Next::kClose:
        return true;
      case Step::Next::kDecision:
        step = dialogue.OnDecision(Decide(dialogue));
        break;
      case Step::Next::kOpen:
        step = dialogue.OnOpen(std::string("q"));
        break;
      case Step::Next::kAuthenticate:
        step = dialogue.OnAuthAnswer(Authenticate(dialogue.auth_input()));
        assert(dialogue.auth_failures() <= kRules.auth.failure_limit);
        break;
      case Step::Next::kContent:
        CheckReply(step.reply);
        if (!Receive(reader, dialogue, step)) return false;
        break;
      case Step::Next::kChunk:
        if (!ReceiveChunk(reader, dialogue, step)) return false;
        break;
      case Step::Next::kClient:
        step = dialogue.OnClient();
        assert(dialogue.transaction() == nullptr);
        break;
      case Step::Next::kStore:
        step = dialogue.OnStored(absl::OkStatus());
        assert(dialogue.transaction() == nullptr);
        break;
      case Step::Next::kHandoff:
        if (!TakeHandoff(reader, dialogue, step)) return false;
        break;
      case Step::Next::kStartTls:
        CheckReply(step.reply);
        step = dialogue.OnSecured();
        assert(dialogue.transaction() == nullptr);
        assert(dialogue.helo_name().empty());
        break;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  postern::net::LineReader reader(2048, 8192);
  Dialogue dialogue(kRules, {.session = "s",
                             .is_tls = size % 2 == 0,
                             .may_xclient = true,
                             .may_xforward = true,
                             .may_handoff = true});
  while (size > 0) {
    const absl::Span<char> space = reader.Space();
    const size_t n = std::min(size, space.size());
    std::memcpy(space.data(), data, n);
    reader.Fill(n);
    data += n;
    size -= n;
    while (const auto line = reader.Next()) {
      Step step = dialogue.OnLine(*line, false);
      if (!Resolve(reader, dialogue, step)) return 0;
      if (step.next != Step::Next::kListen) CheckReply(step.reply);
      if (step.next == Step::Next::kClose) return 0;
      assert(dialogue.errors() < kRules.hard_error_limit);
    }
  }
  return 0;
}
