namespace Warren.Amqp;

// The tx class: transactions (AMQP 0-9-1 section 1.9).

/// <summary><c>tx.select</c> (90/10). Puts the channel in transaction mode.</summary>
public readonly record struct TxSelect() : IMethod<TxSelect>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.TxSelect;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static TxSelect Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}

/// <summary><c>tx.select-ok</c> (90/11). The channel is in transaction mode.</summary>
public readonly record struct TxSelectOk() : IMethod<TxSelectOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.TxSelectOk;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static TxSelectOk Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}

/// <summary><c>tx.commit</c> (90/20). Commits what the channel has published and acknowledged.</summary>
public readonly record struct TxCommit() : IMethod<TxCommit>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.TxCommit;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static TxCommit Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}

/// <summary><c>tx.commit-ok</c> (90/21). Committed.</summary>
public readonly record struct TxCommitOk() : IMethod<TxCommitOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.TxCommitOk;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static TxCommitOk Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}

/// <summary><c>tx.rollback</c> (90/30). Abandons what the channel has published and acknowledged.</summary>
public readonly record struct TxRollback() : IMethod<TxRollback>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.TxRollback;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static TxRollback Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}

/// <summary><c>tx.rollback-ok</c> (90/31). Abandoned.</summary>
public readonly record struct TxRollbackOk() : IMethod<TxRollbackOk>
{
    /// <inheritdoc/>
    public static MethodId Id => MethodId.TxRollbackOk;

    /// <inheritdoc/>
    public int EncodedLength => 0;

    /// <inheritdoc/>
    public static TxRollbackOk Read(ref WireReader reader) => default;

    /// <inheritdoc/>
    public void Write(ref WireWriter writer)
    {
    }
}
