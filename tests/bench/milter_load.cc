// milter_load: how many messages a second a filter takes, and how long each
// takes from MAIL to the verdict.
//
//   milter_load --to unix:/run/f.sock --connections 8 --messages 10000
//               [--file message.eml | --bytes 4096] [--a_client 1]
//               [--seconds 60]
//
// Each connection is one of the relay's (lib/milter/conversation.h): silent
// steps are sent together, and after every `a_client` messages another client
// follows; a filter that does not know of that gets another connection. It ends
// when all messages are sent, or the time is over.
// Prints one JSON object; exit 1 when a message failed.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/milter/conversation.h"
#include "lib/net/drain.h"
#include "lib/net/runtime.h"
#include "tests/bench/arguments.h"
#include "tests/bench/event_loop.h"
#include "tests/bench/latency.h"

namespace postern::bench {
namespace {

struct Options {
  std::string to = "127.0.0.1:8890";
  uint64_t connections = 1;
  uint64_t messages = 10'000;
  uint64_t bytes = 4096;
  uint64_t a_client = 1;
  uint64_t seconds = 60;
  std::string file;
  net::Endpoint endpoint = {};
};

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Message {
  Headers headers;
  std::string body;
};

// Cuts a message, whose lines end with LF or CR LF, into fields and body.
Message Parsed(absl::string_view text) {
  Message message;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    absl::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (absl::EndsWith(line, "\r")) line.remove_suffix(1);
    if (line.empty()) break;
    const size_t colon = line.find(':');
    if (line[0] == ' ' || line[0] == '\t' || colon == line.npos) {
      absl::StrAppend(&message.headers.back().second, "\n", line);
    } else {
      message.headers.emplace_back(line.substr(0, colon),
                                   line.substr(colon + 1));
    }
  }
  message.body = std::string(text);
  return message;
}

// A message of about `bytes`, with the twelve fields that mail has.
Message Generated(uint64_t bytes) {
  std::string text =
      "Received: from mail.sender.test (mail.sender.test [192.0.2.10])\n"
      "\tby mx.example.org (Postfix) with ESMTPS id 4FzQ1m2p3Yz9sW\n"
      "\tfor <b@example.org>; Sun, 29 Nov 2026 12:00:00 +0000 (UTC)\n"
      "Date: Sun, 29 Nov 2026 12:00:00 +0000\nFrom: Ann <a@sender.test>\n"
      "To: Bob <b@example.org>\nMessage-ID: <1@sender.test>\nSubject: test\n"
      "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
      "Content-Transfer-Encoding: 7bit\nUser-Agent: milter_load\n"
      "List-Id: <list.sender.test>\nX-Mailer: milter_load\n\n";
  while (text.size() < bytes) {
    text += "The quick brown fox jumps over the lazy dog, again and again.\r\n";
  }
  return Parsed(text);
}

// What all connections of a run share.
struct Run {
  const Options& options;
  const Message& message;
  const net::Deadline end;
  uint64_t begun = 0;
  uint64_t ended = 0;
  absl::Status trouble = absl::OkStatus();
  Latency latency = {};
  std::map<std::string, uint64_t> outcomes = {};
};

bool HasMore(const Run& run) {
  return run.begun < run.options.messages && !run.end.has_passed();
}

std::string OutcomeOf(const milter::Changes& changes) {
  return absl::StrCat(changes.verdict.refuses() ? "refused" : "passed", "_",
                      changes.list().size());
}

net::Task<absl::Status> SendOne(milter::Conversation& filter, Run& run,
                                bool is_new_client, net::Deadline budget) {
  milter::Macros known;
  known.Set("i", absl::StrCat("4FzQ", run.begun));
  known.Set("j", "mx.example.org");
  const milter::ConnectCommand client{
      "mail.sender.test", net::IpAddress::Parse("192.0.2.10").value(), 4711};
  const milter::Path sender{"a@sender.test", {}, {}};
  const milter::Path recipient{"b@example.org", {}, {}};
  absl::StatusOr<milter::Verdict> verdict;
  if (is_new_client) {
    verdict = co_await filter.Connect(client, known, budget);
    CO_RETURN_IF_ERROR(verdict.status());
    verdict = co_await filter.Helo("mail.sender.test", known, budget);
    CO_RETURN_IF_ERROR(verdict.status());
  }
  verdict = co_await filter.Sender(sender, known, budget);
  CO_RETURN_IF_ERROR(verdict.status());
  verdict = co_await filter.Recipient(recipient, known, budget);
  CO_RETURN_IF_ERROR(verdict.status());
  verdict = co_await filter.Data(known, budget);
  CO_RETURN_IF_ERROR(verdict.status());
  for (const auto& [name, value] : run.message.headers) {
    verdict = co_await filter.Header(name, value, budget);
    CO_RETURN_IF_ERROR(verdict.status());
  }
  verdict = co_await filter.EndOfHeader(known, budget);
  CO_RETURN_IF_ERROR(verdict.status());
  verdict = co_await filter.Body(run.message.body, budget);
  CO_RETURN_IF_ERROR(verdict.status());
  const absl::StatusOr<milter::Changes> changes =
      co_await filter.EndOfMessage(known, budget);
  CO_RETURN_IF_ERROR(changes.status());
  filter.EndMessage();
  ++run.outcomes[OutcomeOf(*changes)];
  co_return absl::OkStatus();
}

// Sends messages over one connection until there are none left, or the filter
// wants another connection.
net::Task<absl::Status> UseConnection(Run& run, net::Deadline budget) {
  CO_ASSIGN_OR_RETURN(net::Stream stream,
                      co_await net::Connect(run.options.endpoint, budget));
  milter::Conversation::Options options;
  CO_ASSIGN_OR_RETURN(
      const std::unique_ptr<milter::Conversation> filter,
      co_await milter::Conversation::Open(std::move(stream), options, budget));
  uint64_t of_client = 0;
  while (HasMore(run)) {
    ++run.begun;
    const double start = Now();
    CO_RETURN_IF_ERROR(co_await SendOne(*filter, run, of_client == 0, budget));
    run.latency.Add(Now() - start);
    ++run.ended;
    if (++of_client < run.options.a_client) continue;
    of_client = 0;
    if (!filter->EndClient()) break;
  }
  filter->Quit();
  co_return absl::OkStatus();
}

net::Task<> Work(Run& run, net::Deadline budget) {
  while (HasMore(run) && run.trouble.ok()) {
    absl::Status status = co_await UseConnection(run, budget);
    if (!status.ok()) run.trouble = std::move(status);
  }
}

int Measure(const Options& options, const Message& message) {
  Run run{.options = options,
          .message = message,
          .end = net::Deadline::After(absl::Seconds(options.seconds))};
  const auto runtime =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  net::Drain drain;
  const net::Deadline budget =
      net::Deadline::After(absl::Seconds(options.seconds + 30));
  const double start = Now();
  for (uint64_t i = 0; i < options.connections; ++i) {
    net::Spawn(drain, runtime->reactor(0), Work(run, budget));
  }
  drain.AwaitIdle(absl::Seconds(options.seconds + 35));
  const double seconds = Now() - start;
  std::string outcomes;
  for (const auto& [outcome, count] : run.outcomes) {
    absl::StrAppend(&outcomes, outcomes.empty() ? "" : ", ", "\"", outcome,
                    "\": ", count);
  }
  absl::PrintF(
      "{\"messages\": %d, \"seconds\": %.4f, \"rate\": %.1f, %s, "
      "\"generator_cpu\": %.3f, \"outcomes\": {%s}}\n",
      run.ended, seconds, static_cast<double>(run.ended) / seconds,
      run.latency.JsonMembers(), CpuSeconds(), outcomes);
  if (!run.trouble.ok()) {
    absl::FPrintF(stderr, "%s\n", run.trouble.ToString());
  }
  return run.trouble.ok() ? 0 : 1;
}

}  // namespace
}  // namespace postern::bench

int main(int argc, char** argv) {
  postern::bench::Options options;
  postern::bench::TakeArguments(argc, argv,
                                {{"--to", &options.to},
                                 {"--connections", &options.connections},
                                 {"--messages", &options.messages},
                                 {"--bytes", &options.bytes},
                                 {"--a_client", &options.a_client},
                                 {"--file", &options.file},
                                 {"--seconds", &options.seconds}});
  options.endpoint = postern::net::Endpoint::Parse(options.to).value();
  const postern::bench::Message message =
      options.file.empty()
          ? postern::bench::Generated(options.bytes)
          : postern::bench::Parsed(postern::ReadFile(options.file).value());
  return postern::bench::Measure(options, message);
}
