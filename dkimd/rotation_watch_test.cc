#include "dkimd/rotation_watch.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::dkimd {
namespace {

using ::postern::testing::IsOk;
using ::testing::AllOf;
using ::testing::HasSubstr;

class RotationWatchTest : public ::testing::Test {
 protected:
  dkim::Rotation Rotation(const std::string& domain, dkim::RotationPhase phase,
                          absl::Duration since, absl::Duration due) {
    return {.domain = domain,
            .type = dkim::KeyType::kRsa,
            .selector = "new",
            .old_selectors = {"old"},
            .path = "/k",
            .phase = phase,
            .since = clock_.Now() + since,
            .due = clock_.Now() + due,
            .failure = ""};
  }
  void Write(const std::vector<dkim::Rotation>& list) {
    ASSERT_THAT(WriteFile(table_ + ".rotations", dkim::RotationListText(list)),
                IsOk());
  }
  // What the metrics say once what is asked now has been read.
  std::string Render() {
    registry_.Render();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(30)));
    const std::string text = registry_.Render();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(30)));
    return text;
  }

  const testing::TempDir dir_;
  const std::string table_ = dir_.path() + "/table";
  FakeClock clock_;
  metrics::Registry registry_;
  net::Drain drain_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  RotationWatch watch_{*runtime_, drain_, clock_, registry_};
};

TEST_F(RotationWatchTest, WithoutAListAllIsZero) {
  watch_.Watch(table_);
  EXPECT_THAT(Render(),
              AllOf(HasSubstr("key_rotations{phase=\"published\"} 0\n"),
                    HasSubstr("key_rotations_failed 0\n"),
                    HasSubstr("key_rotation_next_step_seconds 0\n")));
}

TEST_F(RotationWatchTest, CountsByPhaseAndSaysTheLongest) {
  dkim::Rotation failed = Rotation("a.example", dkim::RotationPhase::kSwitched,
                                   absl::Hours(-48), absl::Hours(-25));
  failed.failure = "REFUSED";
  Write({failed,
         Rotation("b.example", dkim::RotationPhase::kSwitched, absl::Hours(-1),
                  absl::Hours(-24)),
         Rotation("c.example", dkim::RotationPhase::kRevoked, absl::Seconds(-5),
                  absl::Hours(2))});
  watch_.Watch(table_);
  EXPECT_THAT(
      Render(),
      AllOf(
          HasSubstr("key_rotations{phase=\"published\"} 0\n"),
          HasSubstr("key_rotations{phase=\"switched\"} 2\n"),
          HasSubstr("key_rotations{phase=\"revoked\"} 1\n"),
          HasSubstr("key_rotation_phase_seconds{phase=\"switched\"} 172800\n"),
          HasSubstr("key_rotation_phase_seconds{phase=\"revoked\"} 5\n"),
          HasSubstr("key_rotations_failed 1\n"),
          HasSubstr("key_rotations_overdue 1\n"),
          HasSubstr("key_rotation_next_step_seconds -90000\n")));
}

TEST_F(RotationWatchTest, FollowsTheListAndOutlivesADamagedOne) {
  watch_.Watch(table_);
  Write({Rotation("a.example", dkim::RotationPhase::kPublished,
                  absl::ZeroDuration(), absl::ZeroDuration())});
  EXPECT_THAT(Render(), HasSubstr("key_rotations{phase=\"published\"} 1\n"));
  ASSERT_THAT(WriteFile(table_ + ".rotations", "nonsense\n"), IsOk());
  EXPECT_THAT(Render(), HasSubstr("key_rotations{phase=\"published\"} 1\n"));
  Write({});
  EXPECT_THAT(Render(), HasSubstr("key_rotations{phase=\"published\"} 0\n"));
}

TEST_F(RotationWatchTest, WithoutAKeyTableNothingIsCounted) {
  Write({Rotation("a.example", dkim::RotationPhase::kPublished,
                  absl::ZeroDuration(), absl::ZeroDuration())});
  watch_.Watch(table_);
  watch_.Watch("");
  EXPECT_THAT(Render(), HasSubstr("key_rotations{phase=\"published\"} 0\n"));
}

}  // namespace
}  // namespace postern::dkimd
