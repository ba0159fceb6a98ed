// Every message of proto/config/v1 prints to a file that reads back to it.

#include <filesystem>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "lib/config/config.h"
#include "lib/config/example.pb.h"
#include "lib/config/overlay.h"
#include "lib/config/scalar.h"
#include "lib/testing/status_matchers.h"
#include "proto/config/v1/daemon.pb.h"
#include "proto/config/v1/dkimd.pb.h"
#include "proto/config/v1/dns.pb.h"
#include "proto/config/v1/filters.pb.h"
#include "proto/config/v1/greylistd.pb.h"
#include "proto/config/v1/handoff.pb.h"
#include "proto/config/v1/milter.pb.h"
#include "proto/config/v1/mta.pb.h"
#include "proto/config/v1/options.pb.h"
#include "proto/config/v1/policy.pb.h"
#include "proto/config/v1/queue.pb.h"
#include "proto/config/v1/redis.pb.h"
#include "proto/config/v1/routing.pb.h"
#include "proto/config/v1/smtp.pb.h"
#include "proto/config/v1/smtp_tls.pb.h"
#include "proto/config/v1/tls_report.pb.h"

namespace postern::config {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::FileDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::MessageFactory;
using ::google::protobuf::util::MessageDifferencer;
using ::postern::testing::IsOk;

constexpr int kRounds = 40;

// One message of each file. A new file of proto/config/v1 is added here.
std::vector<const FileDescriptor*> Files() {
  return {
      testing::Example::descriptor()->file(),
      v1::Daemon::descriptor()->file(),
      v1::Dkimd::descriptor()->file(),
      v1::Dns::descriptor()->file(),
      v1::Filters::descriptor()->file(),
      v1::Greylistd::descriptor()->file(),
      v1::Handoff::descriptor()->file(),
      v1::MilterServer::descriptor()->file(),
      v1::Mta::descriptor()->file(),
      v1::Field::descriptor()->file(),
      v1::PolicyServer::descriptor()->file(),
      v1::Queue::descriptor()->file(),
      v1::Redis::descriptor()->file(),
      v1::Routing::descriptor()->file(),
      v1::Smtp::descriptor()->file(),
      v1::SmtpTlsSecurityLevel_descriptor()->file(),
      v1::TlsReporting::descriptor()->file(),
  };
}

std::vector<const Descriptor*> Types() {
  std::vector<const Descriptor*> types;
  for (const FileDescriptor* file : Files()) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      types.push_back(file->message_type(i));
    }
  }
  return types;
}

// Makes messages up, with values that their options allow.
class Inventor {
 public:
  explicit Inventor(unsigned seed) : random_(seed) {}

  void Fill(Message& message, int depth = 0) {
    const Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const v1::Field& options = field.options().GetExtension(v1::field);
      if (const auto* oneof = field.real_containing_oneof()) {
        if (message.GetReflection()->HasOneof(message, oneof)) continue;
        if (Below(2) == 0) continue;
      }
      const bool always = options.required() || !options.default_().empty() ||
                          (!IsScalar(field) && !options.optional_block());
      int count = always ? 1 : Below(2);
      if (field.is_repeated()) count = Below(4);
      if (options.overlay()) continue;
      for (int n = 0; n < count; ++n) FillOne(message, field, options, depth);
    }
  }

  // Makes the overlays of `file` up, which is as it shall be otherwise.
  void FillOverlays(Message& file) {
    const std::unique_ptr<Message> top(file.New());
    top->CopyFrom(file);
    for (int i = 0; i < file.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& list = *file.GetDescriptor()->field(i);
      if (!list.is_repeated() || list.is_map() || IsScalar(list)) continue;
      for (int n = 0; n < list.message_type()->field_count(); ++n) {
        const FieldDescriptor& field = *list.message_type()->field(n);
        if (!IsOverlay(field)) continue;
        top->GetReflection()->ClearField(top.get(), &list);
        for (int k = 0; k < file.GetReflection()->FieldSize(file, &list); ++k) {
          Message& item =
              *file.GetReflection()->MutableRepeatedMessage(&file, &list, k);
          Change(*top, *item.GetReflection()->MutableMessage(&item, &field));
        }
      }
    }
  }

 private:
  // Makes `overlay` a copy of `top` with some fields changed.
  void Change(const Message& top, Message& overlay) {
    overlay.CopyFrom(top);
    for (int i = 0; i < top.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *top.GetDescriptor()->field(i);
      const v1::Field& options = field.options().GetExtension(v1::field);
      const bool is_fixed = options.whole_program() || field.has_presence();
      if (is_fixed || Below(4) != 0) continue;
      overlay.GetReflection()->ClearField(&overlay, &field);
      FillOne(overlay, field, options, 1);
    }
  }

  int Below(int bound) { return static_cast<int>(random_() % bound); }

  void FillOne(Message& message, const FieldDescriptor& field,
               const v1::Field& options, int depth) {
    const auto& access = *message.GetReflection();
    if (IsScalar(field)) return FillScalar(message, field, options);
    Message& block = field.is_repeated()
                         ? *access.AddMessage(&message, &field)
                         : *access.MutableMessage(&message, &field);
    if (!field.is_map()) return Fill(block, depth + 1);
    const auto& pair = *field.message_type();
    const int serial = access.FieldSize(message, &field);
    const std::string key = absl::StrCat(Word(), serial);
    block.GetReflection()->SetString(&block, pair.map_key(), key);
    FillOne(block, *pair.map_value(), options, depth);
  }

  void FillScalar(Message& message, const FieldDescriptor& field,
                  const v1::Field& options) {
    for (int i = 0; i < 1000; ++i) {
      if (ReadScalar(Word(), {field, options}, message).ok()) return;
    }
    // Chance does not meet narrow bounds.
    const std::string least = absl::StrCat(options.min());
    if (ReadScalar(least, {field, options}, message).ok()) return;
    FAIL() << field.full_name() << ": no value fits its options";
  }

  std::string Word() {
    const std::vector<std::string> words = {
        "",         "0",        "1",       "2.5s",
        "a b",      "no",       "~",       "a: 'b' # c",
        "\"\n\t\\", "\xc3\xa9", "true",    "192.0.2.0/24",
        "::1",      "[::1]:25", "unix:/a", "0640",
        "25MiB",    "enforce",  "monitor", "- x",
        "{a: b}",   "0.25"};
    switch (Below(4)) {
      case 0:
        return absl::StrCat(Below(1 << Below(30)) + 1);
      case 1:
        return absl::StrCat(Below(100'000) + 1, Below(2) == 0 ? "s" : "ms");
      case 2:
        return EnumWord();
      default:
        return words[random_() % words.size()];
    }
  }

  // Some enum value's name, from whatever file.
  std::string EnumWord() {
    if (enum_words_.empty()) {
      for (const Descriptor* type : Types()) {
        for (int i = 0; i < type->field_count(); ++i) AddEnum(*type->field(i));
      }
    }
    return enum_words_[random_() % enum_words_.size()];
  }

  void AddEnum(const FieldDescriptor& field) {
    if (field.enum_type() == nullptr) return;
    const std::string wanted = Wanted({field, v1::Field()});
    enum_words_.push_back(wanted.substr(wanted.rfind(' ') + 1));
  }

  std::mt19937 random_;
  std::vector<std::string> enum_words_;
};

TEST(RoundTripTest, KnowsEveryFile) {
  std::set<std::string> known;
  for (const FileDescriptor* file : Files()) known.insert(file->name());
  for (const auto& entry :
       std::filesystem::directory_iterator("proto/config/v1")) {
    if (entry.path().extension() != ".proto") continue;
    EXPECT_TRUE(known.contains(entry.path().string()))
        << entry.path() << " is to be added to Files()";
  }
}

TEST(RoundTripTest, ReadsBackWhatItPrints) {
  for (const Descriptor* type : Types()) {
    SCOPED_TRACE(type->full_name());
    const Message& prototype =
        *MessageFactory::generated_factory()->GetPrototype(type);
    for (int seed = 0; seed < kRounds; ++seed) {
      const std::unique_ptr<Message> message(prototype.New());
      Inventor inventor(seed);
      inventor.Fill(*message);
      inventor.FillOverlays(*message);
      const std::string yaml = Print(*message);
      const std::unique_ptr<Message> again(prototype.New());
      ASSERT_THAT(Load(yaml, "printed", *again), IsOk()) << yaml;
      ASSERT_TRUE(MessageDifferencer::Equals(*message, *again))
          << yaml << Print(*again);
    }
  }
}

TEST(RoundTripTest, HasDefaultsThatObeyTheirOwnRules) {
  for (const Descriptor* type : Types()) {
    SCOPED_TRACE(type->full_name());
    const std::unique_ptr<Message> message(
        MessageFactory::generated_factory()->GetPrototype(type)->New());
    const absl::Status status = ApplyDefaults(*message);
    if (!status.ok()) {
      EXPECT_TRUE(absl::EndsWith(status.message(), "must be set, and is not"))
          << status;
    }
  }
}

// An option on a field whose type it does not fit would have no effect.
TEST(RoundTripTest, HasOptionsThatFitTheTypes) {
  for (const Descriptor* type : Types()) {
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor& field = *type->field(i);
      SCOPED_TRACE(field.full_name());
      const v1::Field& options = field.options().GetExtension(v1::field);
      const FieldDescriptor& value =
          field.is_map() ? *field.message_type()->map_value() : field;
      const bool is_text = value.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
      const bool is_number =
          !is_text && IsScalar(value) &&
          value.cpp_type() != FieldDescriptor::CPPTYPE_BOOL &&
          value.cpp_type() != FieldDescriptor::CPPTYPE_ENUM;
      const bool is_number_kind = options.kind() == v1::KIND_SIZE ||
                                  options.kind() == v1::KIND_FILE_MODE;
      if (options.kind() != v1::KIND_PLAIN) {
        EXPECT_TRUE(is_number_kind ? is_number : is_text);
      }
      EXPECT_TRUE(is_number || !(options.has_min() || options.has_max()));
      EXPECT_NE(value.cpp_type(), FieldDescriptor::CPPTYPE_FLOAT);
      if (options.optional_block()) {
        EXPECT_TRUE(field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
                    !field.is_repeated());
      }
      EXPECT_FALSE(options.required() && !options.default_().empty());
    }
  }
}

}  // namespace
}  // namespace postern::config
