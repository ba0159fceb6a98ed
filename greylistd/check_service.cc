#include "greylistd/check_service.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/config/config.h"
#include "proto/check/v1/greylist.grpc.pb.h"

namespace postern::greylistd {
namespace {

namespace api = ::postern::check::v1;

constexpr size_t kPageEntries = 256;
constexpr size_t kImportBatch = 256;
constexpr absl::Duration kLongestStep = absl::Seconds(30);

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      std::string(status.message()));
}

// The caller's deadline, and never more than kLongestStep for one step.
net::Deadline StepDeadline(const grpc::ServerContext& context) {
  const absl::Duration left =
      absl::FromChrono(context.deadline() - std::chrono::system_clock::now());
  return net::Deadline::After(std::min(left, kLongestStep));
}

void SetTime(int64_t seconds, google::protobuf::Timestamp* time) {
  time->set_seconds(seconds);
}

api::Entry ToApi(const Entry& entry) {
  api::Entry result;
  if (entry.kind == Entry::Kind::kTriplet) {
    result.set_triplet(entry.name);
    SetTime(entry.triplet.first, result.mutable_first());
    SetTime(entry.triplet.last, result.mutable_last());
    result.set_passed(entry.triplet.passed);
  } else {
    result.set_client(entry.name);
    SetTime(entry.client.last, result.mutable_last());
    result.set_count(entry.client.count);
  }
  if (entry.expires != 0) SetTime(entry.expires, result.mutable_expires());
  return result;
}

Entry FromApi(const api::Entry& entry) {
  Entry result;
  if (entry.what_case() == api::Entry::kClient) {
    result.kind = Entry::Kind::kClient;
    result.name = entry.client();
    result.client = {entry.count(), entry.last().seconds()};
  } else {
    result.name = entry.triplet();
    result.triplet = {entry.first().seconds(), entry.last().seconds(), false};
  }
  return result;
}

// "DEFER_IF_PERMIT text", without the frame of the protocol.
std::string ActionText(const policy::Verdict& verdict) {
  std::string reply;
  policy::AppendReply(verdict, reply);
  return reply.substr(sizeof("action=") - 1,
                      reply.find('\n') - (sizeof("action=") - 1));
}

api::PeekReply ToApi(const Prospect& prospect) {
  api::PeekReply reply;
  reply.set_action(ActionText(prospect.verdict));
  reply.set_reason(std::string(ReasonName(prospect.reason)));
  reply.set_seconds(prospect.seconds);
  const Records& records = prospect.records;
  if (records.triplet) {
    *reply.mutable_triplet() = ToApi(Entry{.kind = Entry::Kind::kTriplet,
                                           .network = "",
                                           .name = prospect.names.triplet,
                                           .triplet = *records.triplet,
                                           .client = {}});
  }
  if (records.client) {
    *reply.mutable_client() = ToApi(Entry{.kind = Entry::Kind::kClient,
                                          .network = "",
                                          .name = prospect.names.client,
                                          .triplet = {},
                                          .client = *records.client});
  }
  if (records.pending) reply.set_pending(records.pending->count);
  return reply;
}

bool IsWanted(const api::ListRequest& request, const Entry& entry) {
  const bool is_triplet = entry.kind == Entry::Kind::kTriplet;
  if (request.kind() == api::ListRequest::KIND_TRIPLETS && !is_triplet) {
    return false;
  }
  if (request.kind() == api::ListRequest::KIND_CLIENTS && is_triplet) {
    return false;
  }
  return absl::StrContains(entry.name, request.contains());
}

class CheckService final : public api::Greylist::Service {
 public:
  CheckService(Operations& operations, net::Runtime& runtime)
      : operations_(operations), runtime_(runtime) {}

  grpc::Status Peek(grpc::ServerContext* context,
                    const api::PeekRequest* request,
                    api::PeekReply* reply) override {
    Question question = {.client_address = request->client_address(),
                         .client_name = request->client_name().empty()
                                            ? "unknown"
                                            : request->client_name(),
                         .sender = request->sender(),
                         .recipient = request->recipient(),
                         .is_authenticated = !request->sasl_username().empty()};
    const absl::StatusOr<Prospect> prospect = runtime_.BlockOn(
        operations_.Peek(std::move(question), StepDeadline(*context)));
    if (prospect.ok()) *reply = ToApi(*prospect);
    return ToGrpc(prospect.status());
  }

  grpc::Status List(grpc::ServerContext* context,
                    const api::ListRequest* request,
                    grpc::ServerWriter<api::Entry>* writer) override {
    uint64_t shown = 0;
    std::string cursor;
    do {
      const absl::StatusOr<Page> page =
          runtime_.BlockOn(operations_.sightings().List(
              cursor, kPageEntries, StepDeadline(*context)));
      if (!page.ok()) return ToGrpc(page.status());
      for (const Entry& entry : page->entries) {
        if (!IsWanted(*request, entry)) continue;
        if (!writer->Write(ToApi(entry))) return grpc::Status::CANCELLED;
        if (++shown == request->limit()) return grpc::Status::OK;
      }
      cursor = page->cursor;
    } while (!cursor.empty() && !context->IsCancelled());
    return grpc::Status::OK;
  }

  grpc::Status Allow(grpc::ServerContext* context,
                     const api::AllowRequest* request,
                     api::AllowReply* reply) override {
    std::optional<absl::Duration> lifetime;
    if (request->has_lifetime()) {
      lifetime = config::FromProto(request->lifetime());
    }
    const absl::StatusOr<Entry> entry = runtime_.BlockOn(
        operations_.Allow(request->client(), lifetime, StepDeadline(*context)));
    if (entry.ok()) *reply->mutable_client() = ToApi(*entry);
    return ToGrpc(entry.status());
  }

  grpc::Status Forget(grpc::ServerContext* context,
                      const api::ForgetRequest* request,
                      api::ForgetReply*) override {
    const bool is_client = request->what_case() == api::ForgetRequest::kClient;
    return ToGrpc(runtime_.BlockOn(operations_.Forget(
        is_client ? Entry::Kind::kClient : Entry::Kind::kTriplet,
        is_client ? request->client() : request->triplet(),
        StepDeadline(*context))));
  }

  grpc::Status Import(grpc::ServerContext* context,
                      grpc::ServerReader<api::Entry>* reader,
                      api::ImportReply* reply) override {
    std::vector<Entry> batch;
    api::Entry entry;
    bool has_more = true;
    while (has_more) {
      has_more = reader->Read(&entry);
      if (has_more) batch.push_back(FromApi(entry));
      if (has_more && batch.size() < kImportBatch) continue;
      const absl::StatusOr<ImportCount> count = runtime_.BlockOn(
          operations_.Import(std::move(batch), StepDeadline(*context)));
      if (!count.ok()) return ToGrpc(count.status());
      batch.clear();
      reply->set_imported(reply->imported() + count->imported);
      reply->set_expired(reply->expired() + count->expired);
      reply->set_invalid(reply->invalid() + count->invalid);
    }
    return grpc::Status::OK;
  }

 private:
  Operations& operations_;
  net::Runtime& runtime_;
};

}  // namespace

void AddCheckService(daemon::Daemon& daemon, Operations& operations) {
  daemon.AddService(MakeCheckService(operations, daemon.runtime()));
}

std::unique_ptr<grpc::Service> MakeCheckService(Operations& operations,
                                                net::Runtime& runtime) {
  return std::make_unique<CheckService>(operations, runtime);
}

}  // namespace postern::greylistd
