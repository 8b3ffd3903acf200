using Warren.Crashes.Books;

namespace Warren.Tests.Crashes;

/// <summary>The ledger of the crash harness, with histories by hand: it must see what is wrong, and nothing else.</summary>
public class LedgerTests
{
    private const int Lane = 1;

    private readonly Ledger _ledger = new(run: 7, deadQueue: "dead", "plain");
    private readonly Dictionary<long, byte[]> _bodies = [];

    [Fact]
    public void A_message_that_is_confirmed_delivered_and_acked_is_in_order()
    {
        var number = Publish("jobs");
        _ledger.Confirm(number);
        Deliver("jobs", number);
        _ledger.Ack("jobs", number);

        var findings = _ledger.Close();

        Assert.True(findings.IsClean);
        Assert.Equal((1, 1, 1, 0), (findings.Published, findings.Confirmed, findings.Delivered, findings.Duplicates));
        Assert.True(_ledger.IsDone);
    }

    [Fact]
    public void A_confirmed_message_that_never_comes_is_lost()
    {
        _ledger.Confirm(Publish("jobs"));

        Assert.False(_ledger.IsDone);
        Assert.Equal(1, _ledger.Close().Lost);
    }

    [Fact]
    public void A_confirmed_message_that_was_delivered_and_does_not_come_back_is_lost()
    {
        var number = Publish("jobs");
        _ledger.Confirm(number);
        Deliver("jobs", number);

        Assert.Equal(1, _ledger.Close().Lost);
    }

    [Fact]
    public void A_message_that_nobody_confirmed_may_be_gone()
    {
        Publish("jobs");

        Assert.True(_ledger.Close().IsClean);
    }

    [Fact]
    public void A_rejected_message_is_owed_by_the_queue_of_dead_letters()
    {
        var (first, second) = (Publish("jobs"), Publish("jobs"));
        _ledger.Confirm(first);
        _ledger.Confirm(second);
        Deliver("jobs", first);
        Deliver("jobs", second);
        _ledger.Reject("jobs", first);
        _ledger.Reject("jobs", second);
        Deliver("dead", first);
        _ledger.Ack("dead", first);

        var findings = _ledger.Close();

        Assert.Equal(1, findings.Lost);
        Assert.Contains($"message {second} ", Assert.Single(findings.Examples), StringComparison.Ordinal);
    }

    [Fact]
    public void A_dead_letter_of_a_broker_that_does_not_promise_its_arrival_is_counted_by_itself()
    {
        var ledger = new Ledger(run: 7, deadQueue: "dead") { AreLettersSafe = false, AgingQueue = "aging" };
        var (rejected, aged, kept) = (ledger.Publish("jobs", Lane, 50).Number, ledger.Publish("aging", Lane, 50).Number, ledger.Publish("jobs", Lane, 50).Number);
        foreach (var number in (long[])[rejected, aged, kept])
            ledger.Confirm(number);
        ledger.Reject("jobs", rejected);

        Assert.Equal(1, ledger.OpenIn("jobs"));
        var findings = ledger.Close();

        Assert.Equal((1, 2), (findings.Lost, findings.LostLetters));
        Assert.Contains($"message {kept} ", Assert.Single(findings.Examples), StringComparison.Ordinal);
    }

    [Fact]
    public void A_dead_letter_that_nobody_promised_and_that_came_is_not_lost()
    {
        var ledger = new Ledger(run: 7, deadQueue: "dead") { AreLettersSafe = false };
        var number = ledger.Publish("jobs", Lane, 50).Number;
        ledger.Confirm(number);
        ledger.Reject("jobs", number);
        ledger.Ack("dead", number);

        Assert.Equal((0, 0), (ledger.Close().Lost, ledger.OpenIn("jobs")));
        Assert.Equal(0, ledger.Close().LostLetters);
    }

    [Fact]
    public void A_rejected_message_of_a_queue_without_dead_letters_is_done()
    {
        var number = Publish("plain");
        _ledger.Confirm(number);
        Deliver("plain", number);
        _ledger.Reject("plain", number);

        Assert.True(_ledger.Close().IsClean);
    }

    [Fact]
    public void A_later_message_before_an_earlier_one_of_its_channel_is_reordered()
    {
        var (first, second) = (Publish("jobs"), Publish("jobs"));
        var session = _ledger.Begin("jobs");
        Deliver(session, second);
        Deliver(session, first);

        Assert.Equal(1, _ledger.Close().Reordered);
    }

    [Fact]
    public void Messages_of_two_channels_have_no_order()
    {
        var first = Publish("jobs", lane: 1);
        var second = Publish("jobs", lane: 2);
        var session = _ledger.Begin("jobs");
        Deliver(session, second);
        Deliver(session, first);

        Assert.True(_ledger.Close().IsClean);
    }

    [Fact]
    public void A_message_that_another_life_overtook_is_reordered()
    {
        var (first, second) = (Publish("jobs"), Publish("jobs"));
        Deliver("jobs", second);
        Deliver("jobs", first, redelivered: true);

        Assert.Equal(1, _ledger.Close().Reordered);
    }

    [Fact]
    public void After_a_crash_what_was_not_acked_comes_again_in_its_order()
    {
        var (first, second) = (Publish("jobs"), Publish("jobs"));
        Deliver("jobs", first);
        var before = _ledger.Begin("jobs");
        Deliver(before, second);
        var after = _ledger.Begin("jobs");
        Deliver(after, first, redelivered: true);
        Deliver(after, second, redelivered: true);

        var findings = _ledger.Close();

        Assert.True(findings.IsClean);
        Assert.Equal(0, findings.Duplicates);
    }

    [Fact]
    public void A_requeued_message_may_come_behind_later_ones()
    {
        var (first, second) = (Publish("jobs"), Publish("jobs"));
        var session = _ledger.Begin("jobs");
        Deliver(session, first);
        _ledger.Requeue("jobs", first);
        Deliver(session, second);
        Deliver(session, first, redelivered: true);

        Assert.True(_ledger.Close().IsClean);
    }

    [Fact]
    public void Dead_letters_come_in_the_order_of_their_deaths()
    {
        var (first, second) = (Publish("jobs"), Publish("jobs"));
        var session = _ledger.Begin("dead");
        Deliver(session, second);
        Deliver(session, first);

        Assert.True(_ledger.Close().IsClean);
    }

    [Fact]
    public void An_octet_that_was_not_published_is_invented()
    {
        var number = Publish("jobs");
        _bodies[number][^1] ^= 1;
        Deliver("jobs", number);

        Assert.Equal(1, _ledger.Close().Invented);
    }

    [Fact]
    public void A_message_of_another_run_is_invented()
    {
        Publish("jobs");
        var number = _ledger.Deliver(_ledger.Begin("jobs"), redelivered: false, MessageBody.Write(run: 8, 0, 50));

        Assert.Equal(-1, number);
        Assert.Equal(1, _ledger.Close().Invented);
    }

    [Fact]
    public void A_message_with_a_number_that_was_not_given_yet_is_invented()
    {
        _ledger.Deliver(_ledger.Begin("jobs"), redelivered: false, MessageBody.Write(run: 7, 3, 50));

        Assert.Equal(1, _ledger.Close().Invented);
    }

    [Fact]
    public void A_message_in_a_queue_to_which_nobody_sent_it_is_invented()
    {
        Deliver("plain", Publish("jobs"));

        Assert.Equal(1, _ledger.Close().Invented);
    }

    [Fact]
    public void An_acked_message_may_come_once_more_when_it_says_so()
    {
        var number = Publish("jobs");
        Deliver("jobs", number);
        _ledger.Ack("jobs", number);
        Deliver("jobs", number, redelivered: true);

        var findings = _ledger.Close();

        Assert.True(findings.IsClean);
        Assert.Equal(1, findings.Duplicates);
    }

    [Fact]
    public void A_message_that_comes_again_as_if_for_the_first_time_is_returned()
    {
        var number = Publish("jobs");
        Deliver("jobs", number);
        Deliver("jobs", number);

        Assert.Equal(1, _ledger.Close().Returned);
    }

    [Fact]
    public void A_message_whose_ack_is_on_disk_never_comes_again()
    {
        var number = Publish("jobs");
        Deliver("jobs", number);
        _ledger.Ack("jobs", number);
        _ledger.PersistAcks("jobs", [number]);
        Deliver("jobs", number, redelivered: true);

        Assert.Equal(1, _ledger.Close().Returned);
    }

    [Fact]
    public void A_dead_letter_whose_ack_is_on_disk_does_not_come_back_where_it_died()
    {
        var number = Publish("jobs");
        Deliver("jobs", number);
        _ledger.Reject("jobs", number);
        Deliver("dead", number);
        _ledger.Ack("dead", number);
        _ledger.PersistAcks("dead", [number]);
        Deliver("jobs", number, redelivered: true);

        Assert.Equal(1, _ledger.Close().Returned);
    }

    [Fact]
    public void A_message_is_confirmed_once()
    {
        var number = Publish("jobs");
        _ledger.Confirm(number);
        _ledger.Confirm(number);

        Assert.Equal(1, _ledger.Close().Broken);
    }

    [Fact]
    public void A_power_cut_owes_what_was_confirmed_before_it()
    {
        var (early, late) = (Publish("jobs"), Publish("jobs"));
        _ledger.Confirm(early);
        var cut = _ledger.Mark();
        _ledger.Confirm(late);
        var unsent = Publish("jobs");

        var findings = _ledger.AsOf(cut, cut).Close();

        Assert.Equal((2, 1, 1), (findings.Published, findings.Confirmed, findings.Lost));
        Assert.Contains($"message {early} ", Assert.Single(findings.Examples), StringComparison.Ordinal);
        Assert.Equal(2, unsent);
    }

    [Fact]
    public void A_power_cut_forgives_what_was_acked_until_its_end_and_delivered_after_its_beginning()
    {
        var number = Publish("jobs");
        _ledger.Confirm(number);
        var before = _ledger.Mark();
        Deliver("jobs", number);
        _ledger.Ack("jobs", number);
        _ledger.PersistAcks("jobs", [number]);
        var after = _ledger.Mark();

        Assert.True(_ledger.AsOf(before, after).Close().IsClean);
        var again = _ledger.AsOf(before, after);
        again.Deliver(again.Begin("jobs"), redelivered: false, _bodies[number]);
        Assert.True(again.Close().IsClean);
        Assert.Equal(1, _ledger.AsOf(before, before).Close().Lost);
    }

    [Fact]
    public void A_definition_counts_when_its_answer_came_and_not_while_it_is_asked_for()
    {
        var book = new DefinitionBook(_ledger);
        book.Begin("queue a");
        var asked = _ledger.Mark();
        book.Set("queue a", Known.Present);
        var answered = _ledger.Mark();
        book.Begin("queue a");
        var deleting = _ledger.Mark();

        Assert.Equal(Known.Nothing, book["queue a"]);
        Assert.Equal(Known.Nothing, book.AsOf(_ledger, asked, asked)["queue a"]);
        Assert.Equal(Known.Present, book.AsOf(_ledger, answered, answered)["queue a"]);
        Assert.Equal(Known.Nothing, book.AsOf(_ledger, answered, deleting)["queue a"]);
        Assert.Equal(Known.Nothing, book["queue b"]);
    }

    private long Publish(string queue, int lane = Lane)
    {
        var (number, body) = _ledger.Publish(queue, lane, octets: 50);
        _bodies[number] = body;
        return number;
    }

    private void Deliver(string queue, long number, bool redelivered = false) => Deliver(_ledger.Begin(queue), number, redelivered);

    private void Deliver(Session session, long number, bool redelivered = false) => _ledger.Deliver(session, redelivered, _bodies[number]);
}
