// What the tests of a session share: a conversation with a scripted server.

#ifndef POSTERN_MTA_OUTBOUND_SESSION_FIXTURE_H_
#define POSTERN_MTA_OUTBOUND_SESSION_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "mta/outbound/scripted_server.h"
#include "mta/outbound/session.h"
#include "mta/outbound/text_content.h"

namespace postern::mta::outbound {

using Script = ScriptedServer::Script;

class Announced final : public Lookahead {
 public:
  explicit Announced(const Parcel* next) : next_(next) {}
  const Parcel* Next() override { return std::exchange(next_, nullptr); }

 private:
  const Parcel* next_;
};

inline std::string Summary(const queue::Outcome& o) {
  const char* word = o.kind == queue::Outcome::Kind::kDelivered ? "sent"
                     : o.kind == queue::Outcome::Kind::kFailed  ? "bounced"
                                                                : "deferred";
  return absl::StrCat(word, " ", o.status, " ", o.reply);
}

// What happened in a conversation, as the client saw it.
struct Course {
  std::string refusal;                // Of Open(); empty: none.
  std::vector<std::string> outcomes;  // Of all parcels, in order.
  bool may_retry_now = false;         // Of the last parcel.
  bool was_usable = false;            // Before Quit().
};

inline net::Task<Course> Converse(uint16_t port, SessionOptions options,
                                  std::vector<const Parcel*> parcels,
                                  bool announce) {
  Course course;
  const net::Endpoint endpoint = {"127.0.0.1", port, ""};
  absl::StatusOr<net::Stream> stream =
      co_await net::Connect(endpoint, net::Deadline::After(absl::Seconds(5)));
  if (!stream.ok()) {
    course.refusal = stream.status().ToString();
    co_return course;
  }
  Session session(*std::move(stream), std::move(options), "mx:25");
  const std::optional<queue::Outcome> refusal = co_await session.Open();
  if (refusal) course.refusal = Summary(*refusal);
  for (size_t i = 0; i < parcels.size() && session.is_usable(); ++i) {
    Announced lookahead(announce && i + 1 < parcels.size() ? parcels[i + 1]
                                                           : nullptr);
    const Result result = co_await session.Send(*parcels[i], lookahead);
    for (const queue::Outcome& outcome : result.outcomes) {
      course.outcomes.push_back(Summary(outcome));
    }
    course.may_retry_now = result.may_retry_now;
  }
  course.was_usable = session.is_usable();
  co_await session.Quit();
  co_return course;
}

class SessionFixture : public ::testing::Test {
 protected:
  SessionFixture() : runtime_(net::Runtime::Create({.reactors = 1}).value()) {
    options_.helo_name = "relay.example.net";
    options_.command_timeout = absl::Seconds(5);
    options_.data_done_timeout = absl::Seconds(5);
  }

  // Sends `parcels` (one to a@x and b@x if there are none) to a server that
  // follows `script`.
  Course Run(Script script, std::vector<const Parcel*> parcels = {}) {
    if (parcels.empty()) parcels = {&parcel_};
    ScriptedServer server({std::move(script)}, identity_);
    Course course = runtime_->BlockOn(
        Converse(server.port(), options_, std::move(parcels), announce_));
    received_ = server.Finish();
    return course;
  }

  void BeImpatient() {
    options_.command_timeout = absl::Milliseconds(60);
    options_.data_done_timeout = absl::Milliseconds(60);
  }

  std::unique_ptr<net::Runtime> runtime_;
  SessionOptions options_;
  bool announce_ = false;
  net::TestCertificate identity_;  // The server's, for "tls".
  TextContent content_{"Subject: x\r\n\r\n.dot\r\nend\r\n"};
  Parcel parcel_ = {"s@y", {"a@x", "b@x"}, &content_, false};
  Parcel other_ = {"t@y", {"c@x"}, &content_, false};
  std::vector<std::string> received_;  // What the server got.
};

// A whole conversation with two recipients, without PIPELINING.
inline const Script kPlain = {"> 220 mx ESMTP",
                              "< EHLO",
                              "> 250 mx",
                              "< MAIL",
                              "> 250 ok",
                              "< RCPT",
                              "> 250 ok",
                              "< RCPT",
                              "> 250 ok",
                              "< DATA",
                              "> 354 go",
                              "<data",
                              "> 250 2.0.0 queued as 1",
                              "< QUIT"};

// Returns the script up to its `steps`-th step, then `rest`.
inline Script Cut(size_t steps, const Script& rest) {
  Script script(kPlain.begin(), kPlain.begin() + steps);
  script.insert(script.end(), rest.begin(), rest.end());
  return script;
}

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_SESSION_FIXTURE_H_
