#include "ctl/greylist.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "ctl/arguments.h"
#include "ctl/channel.h"
#include "ctl/child_output.h"
#include "ctl/json.h"
#include "ctl/postgrey_dump.h"
#include "ctl/table.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/config/duration.h"
#include "proto/check/v1/greylist.grpc.pb.h"

namespace postern::ctl {
namespace {

using ::postern::check::v1::Entry;
using ::postern::check::v1::Greylist;

constexpr uint32_t kUsualLimit = 1000;
constexpr uint32_t kLargestLimit = 1'000'000'000;
// A database of millions takes its time.
constexpr std::chrono::hours kLongestStream{2};

std::unique_ptr<Greylist::Stub> Service(const Invocation& invocation) {
  return Greylist::NewStub(Connect("greylistd", invocation.server));
}

std::string ShownTime(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S",
                          absl::FromUnixSeconds(time.seconds()),
                          absl::LocalTimeZone());
}

std::string ShownName(const Entry& entry) {
  const std::string& name =
      entry.what_case() == Entry::kClient ? entry.client() : entry.triplet();
  return name.empty() ? "(hidden)" : name;
}

void AddRow(const Entry& entry, Table& table) {
  const bool is_client = entry.what_case() == Entry::kClient;
  table.Add({is_client ? "client" : "triplet",
             is_client ? absl::StrCat("passed ", entry.count(), " times")
                       : std::string(entry.passed() ? "known" : "waits"),
             is_client ? "-" : ShownTime(entry.first()),
             ShownTime(entry.last()),
             entry.has_expires() ? ShownTime(entry.expires()) : "-",
             ShownName(entry)});
}

Table EntryTable() {
  return Table({"KIND", "STATE", "FIRST", "LAST", "EXPIRES", "NAME"});
}

absl::Status Peek(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(
      const Arguments arguments,
      Arguments::Parse(invocation.arguments, {.options = {"--name"},
                                              .switches = {},
                                              .at_least = 3,
                                              .at_most = 3}));
  check::v1::PeekRequest request;
  request.set_client_address(arguments.rest()[0]);
  request.set_client_name(arguments.Value("--name"));
  request.set_sender(arguments.rest()[1] == "<>" ? "" : arguments.rest()[1]);
  request.set_recipient(arguments.rest()[2]);
  check::v1::PeekReply reply;
  Call call;
  RETURN_IF_ERROR(
      FromGrpc(Service(invocation)->Peek(call.context(), request, &reply)));
  if (invocation.json) return PrintJson(reply, out);
  out << "Answer:  " << reply.action() << "\n"
      << "Reason:  " << reply.reason() << "\n"
      << "Seconds: " << reply.seconds() << "\n"
      << "Waiting: " << reply.pending() << " in this network\n";
  if (!reply.has_triplet() && !reply.has_client()) {
    out << "Nothing is remembered of it.\n";
    return absl::OkStatus();
  }
  Table table = EntryTable();
  if (reply.has_triplet()) AddRow(reply.triplet(), table);
  if (reply.has_client()) AddRow(reply.client(), table);
  out << "\n" << table;
  return absl::OkStatus();
}

absl::Status List(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(const Arguments arguments,
                   Arguments::Parse(invocation.arguments,
                                    {.options = {"--contains", "--limit"},
                                     .switches = {"--clients", "--triplets"}}));
  check::v1::ListRequest request;
  ASSIGN_OR_RETURN(const uint32_t limit,
                   arguments.Number("--limit", kUsualLimit, kLargestLimit));
  request.set_limit(limit);
  request.set_contains(arguments.Value("--contains"));
  if (arguments.Has("--clients") && !arguments.Has("--triplets")) {
    request.set_kind(check::v1::ListRequest::KIND_CLIENTS);
  } else if (arguments.Has("--triplets") && !arguments.Has("--clients")) {
    request.set_kind(check::v1::ListRequest::KIND_TRIPLETS);
  }
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kLongestStream);
  const auto stub = Service(invocation);
  const auto reader = stub->List(&context, request);
  Table table = EntryTable();
  Entry entry;
  uint32_t shown = 0;
  while (reader->Read(&entry)) {
    ++shown;
    if (invocation.json) {
      RETURN_IF_ERROR(PrintJson(entry, out));
    } else {
      AddRow(entry, table);
    }
  }
  RETURN_IF_ERROR(FromGrpc(reader->Finish()));
  if (invocation.json) return absl::OkStatus();
  if (shown == 0) {
    out << "Nothing is remembered.\n";
    return absl::OkStatus();
  }
  out << table;
  if (shown == limit) out << "There may be more: raise --limit.\n";
  return absl::OkStatus();
}

absl::Status Allow(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(
      const Arguments arguments,
      Arguments::Parse(
          invocation.arguments,
          {.options = {"--for"}, .switches = {}, .at_least = 1, .at_most = 1}));
  check::v1::AllowRequest request;
  request.set_client(arguments.rest()[0]);
  if (arguments.Has("--for")) {
    ASSIGN_OR_RETURN(const absl::Duration lifetime,
                     config::ParseDuration(arguments.Value("--for")));
    request.mutable_lifetime()->set_seconds(absl::ToInt64Seconds(lifetime));
  }
  check::v1::AllowReply reply;
  Call call;
  RETURN_IF_ERROR(
      FromGrpc(Service(invocation)->Allow(call.context(), request, &reply)));
  if (invocation.json) return PrintJson(reply, out);
  out << ShownName(reply.client()) << " is allowed until "
      << ShownTime(reply.client().expires())
      << ", and longer while it sends mail.\n";
  return absl::OkStatus();
}

absl::Status Forget(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(
      const Arguments arguments,
      Arguments::Parse(
          invocation.arguments,
          {.options = {}, .switches = {}, .at_least = 1, .at_most = 1}));
  const std::string& name = arguments.rest()[0];
  check::v1::ForgetRequest request;
  if (absl::StrContains(name, "@")) {
    request.set_triplet(name);
  } else {
    request.set_client(name);
  }
  check::v1::ForgetReply reply;
  Call call;
  RETURN_IF_ERROR(
      FromGrpc(Service(invocation)->Forget(call.context(), request, &reply)));
  if (invocation.json) return PrintJson(reply, out);
  out << name << " is forgotten.\n";
  return absl::OkStatus();
}

// Makes the entry of a pair of postgrey's databases. What is wrong with it, the
// server finds and counts.
Entry EntryOf(const DumpedPair& pair, bool is_client) {
  const DumpedNumbers numbers =
      ParseDumpedNumbers(pair.value).value_or(DumpedNumbers{});
  Entry entry;
  entry.mutable_last()->set_seconds(numbers.last);
  if (is_client) {
    entry.set_client(pair.key);
    entry.set_count(
        static_cast<uint32_t>(std::min<int64_t>(numbers.first, kLargestLimit)));
  } else {
    entry.set_triplet(pair.key);
    entry.mutable_first()->set_seconds(numbers.first);
  }
  return entry;
}

// Sends what is in one of the files; a file that is not there is empty.
absl::Status SendDatabase(const std::string& directory, const std::string& file,
                          bool is_client, grpc::ClientWriter<Entry>& writer) {
  PostgreyDump dump;
  // Within its environment: what postgrey has not written to the file yet is
  // seen as well.
  RETURN_IF_ERROR(ForEachLine(
      {"db5.3_dump", "-p", "-h", directory, file},
      [&](absl::string_view line) -> absl::Status {
        ASSIGN_OR_RETURN(const std::optional<DumpedPair> pair, dump.Take(line));
        if (pair && !writer.Write(EntryOf(*pair, is_client))) {
          return absl::CancelledError("greylistd takes no more");
        }
        return absl::OkStatus();
      }));
  return dump.Finish();
}

absl::Status ImportPostgrey(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(
      const Arguments arguments,
      Arguments::Parse(
          invocation.arguments,
          {.options = {}, .switches = {}, .at_least = 0, .at_most = 1}));
  const std::string directory =
      arguments.rest().empty() ? "/var/lib/postgrey" : arguments.rest()[0];
  const std::string triplets = directory + "/postgrey.db";
  if (::access(triplets.c_str(), R_OK) != 0) {
    return ErrnoStatus(errno, triplets);
  }
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kLongestStream);
  check::v1::ImportReply reply;
  const auto stub = Service(invocation);
  const auto writer = stub->Import(&context, &reply);
  absl::Status sent =
      SendDatabase(directory, "postgrey.db", /*is_client=*/false, *writer);
  const std::string clients = "postgrey_clients.db";
  if (sent.ok() && ::access((directory + "/" + clients).c_str(), F_OK) == 0) {
    sent = SendDatabase(directory, clients, /*is_client=*/true, *writer);
  }
  if (!sent.ok() && !absl::IsCancelled(sent)) context.TryCancel();
  writer->WritesDone();
  const absl::Status finished = FromGrpc(writer->Finish());
  if (!sent.ok() && !absl::IsCancelled(sent)) return sent;
  RETURN_IF_ERROR(finished);
  if (invocation.json) return PrintJson(reply, out);
  out << "Imported: " << reply.imported() << "\n"
      << "Expired:  " << reply.expired() << "\n"
      << "Invalid:  " << reply.invalid() << "\n";
  return absl::OkStatus();
}

}  // namespace

std::vector<Verb> GreylistVerbs() {
  return {
      {"greylist peek", "[--name NAME] CLIENT SENDER RECIPIENT",
       "Shows what such mail would be answered now, and why.", Peek},
      {"greylist list",
       "[--contains TEXT] [--clients] [--triplets] [--limit N]",
       "Lists what greylistd remembers.", List},
      {"greylist allow", "[--for DURATION] CLIENT",
       "Lets a client pass without waiting.", Allow},
      {"greylist forget", "NAME",
       "Forgets a triplet or a client, named as the list shows it.", Forget},
      {"greylist import-postgrey", "[DIRECTORY]",
       "Takes over the database of a postgrey (/var/lib/postgrey).",
       ImportPostgrey},
  };
}

}  // namespace postern::ctl
