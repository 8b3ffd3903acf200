using Warren.Amqp;

namespace Warren.Engine;

/// <summary>The tx class (AMQP 0-9-1 section 1.9).</summary>
internal static class TxClass
{
    public static void Select(Channel channel, in TxSelect select)
    {
        _ = select;
        if (channel.Confirms is not null)
            throw new ChannelException(ReplyCode.PreconditionFailed, "cannot switch from confirm to tx mode");
        channel.Transaction ??= new Transaction(channel);
        channel.Send(default(TxSelectOk));
    }

    public static void Commit(Channel channel, in TxCommit commit)
    {
        _ = commit;
        Require(channel).Commit();
        channel.AwaitJournal();
        channel.Send(default(TxCommitOk));
    }

    public static void Rollback(Channel channel, in TxRollback rollback)
    {
        _ = rollback;
        Require(channel).Rollback();
        channel.Send(default(TxRollbackOk));
    }

    private static Transaction Require(Channel channel) =>
        channel.Transaction ?? throw new ChannelException(ReplyCode.PreconditionFailed, "channel is not transactional");
}
