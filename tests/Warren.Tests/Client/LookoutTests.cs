using Warren.Client;

namespace Warren.Tests.Client;

/// <summary>In microseconds: what has just had work is looked at for 200, a reply for 1000.</summary>
public sealed class LookoutTests
{
    private readonly ExpectedReplies _replies = new();
    private readonly Lookout _lookout;

    public LookoutTests() => _lookout = new Lookout(spinTicks: 200, replyTicks: 1000, _replies);

    [Fact]
    public void Nobody_looks_before_anything_has_come_soon()
    {
        Begin(0);
        Assert.False(_lookout.GoesOn(0));
        Assert.False(_lookout.IsBusy);
    }

    [Fact]
    public void What_follows_soon_is_looked_for_a_while()
    {
        Receive(0, 400);
        Begin(500);
        Assert.Equal(700, SleepsAt(500));
    }

    [Fact]
    public void What_is_far_apart_is_not_looked_for()
    {
        Receive(0, 401);
        Begin(500);
        Assert.Equal(500, SleepsAt(500));
    }

    [Fact]
    public void A_reply_is_looked_for_longer_from_when_its_request_is_noticed()
    {
        Receive(0, 100);
        Begin(100);
        Assert.True(_lookout.GoesOn(110));
        _replies.Ask();
        Assert.Equal(1120, SleepsAt(120));
    }

    [Fact]
    public void A_request_that_left_before_the_look_counts_too()
    {
        Receive(0, 100);
        _replies.Ask();
        Begin(110);
        Assert.Equal(1110, SleepsAt(110));
    }

    [Fact]
    public void One_call_at_a_time_is_looked_for_call_after_call_though_the_replies_are_further_apart_than_anything_else_may_be()
    {
        _replies.Ask();
        Receive(0, 500);
        _replies.Answer();
        for (var now = 500; now < 10_000; now += 500)
        {
            Begin(now);
            _replies.Ask();
            for (var look = now; look < now + 500; look += 10)
                Assert.True(_lookout.GoesOn(look));
            _lookout.Receive(now + 500);
            _replies.Answer();
        }
    }

    [Fact]
    public void Nobody_looks_longer_once_the_last_reply_is_there()
    {
        Receive(0, 100);
        _replies.Ask();
        Receive(100, 300);
        _replies.Answer();
        Begin(300);
        Assert.Equal(500, SleepsAt(300));
    }

    [Fact]
    public void The_reply_of_one_call_leaves_another_its_time()
    {
        Receive(0, 100);
        Begin(100);
        _replies.Ask();
        _replies.Ask();
        Assert.True(_lookout.GoesOn(110));
        _lookout.Receive(400);
        _replies.Answer();
        Begin(400);
        Assert.Equal(1110, SleepsAt(400));
    }

    [Fact]
    public void A_call_that_takes_long_is_looked_for_once()
    {
        Receive(0, 100);
        _replies.Ask();
        Begin(100);
        Assert.Equal(1100, SleepsAt(100));
        Assert.False(_replies.AreAwaited);

        _lookout.Receive(30_000_000);
        _replies.Answer();
        Begin(30_000_000);
        _replies.Ask();
        Assert.Equal(30_000_000, SleepsAt(30_000_000)); // The service is slow: not the next time either.
    }

    [Fact]
    public void A_call_that_takes_long_does_not_make_other_traffic_looked_for_longer()
    {
        Receive(0, 100);
        _replies.Ask();
        Begin(100);
        SleepsAt(100);
        _lookout.Receive(1_200);
        for (var now = 1_200; now < 20_000; now += 350)
        {
            Receive(now, now + 350);
            Begin(now + 350);
            Assert.Equal(now + 550, SleepsAt(now + 350));
        }
    }

    [Fact]
    public void Callers_that_pause_are_not_looked_for()
    {
        for (var now = 0; now < 100_000; now += 10_000)
        {
            Begin(now);
            _replies.Ask();
            Assert.Equal(now, SleepsAt(now));
            _lookout.Receive(now + 9_000);
            _replies.Answer();
        }
    }

    [Fact]
    public void Looking_can_be_switched_off_and_so_can_the_longer_look()
    {
        foreach (var (spin, reply, busy) in ((long, long, long)[])[(0, 1000, 0), (200, 0, 200), (200, 100, 200)])
        {
            var replies = new ExpectedReplies();
            var lookout = new Lookout(spin, reply, replies);
            lookout.Begin(0);
            lookout.Receive(0);
            lookout.Begin(0);
            replies.Ask();
            var now = 0;
            while (lookout.GoesOn(now))
                now += 10;
            Assert.Equal(busy, now);
        }
    }

    [Fact]
    public void Replies_that_nobody_expected_change_nothing()
    {
        _replies.Answer();
        _replies.Answer();
        Assert.False(_replies.AreAwaited);
        _replies.Ask();
        Assert.True(_replies.AreAwaited);
        _replies.GiveUp();
        _replies.Answer();
        _replies.Ask();
        Assert.True(_replies.AreAwaited);
        _replies.Answer();
        Assert.False(_replies.AreAwaited);
    }

    private void Begin(long now) => _lookout.Begin(now);

    private void Receive(long began, long now)
    {
        _lookout.Begin(began);
        _lookout.Receive(now);
    }

    private long SleepsAt(long now)
    {
        while (_lookout.GoesOn(now))
            now += 10;
        return now;
    }
}
