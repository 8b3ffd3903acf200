namespace Warren.Fuzz;

/// <summary>Which inputs are kept and changed further.</summary>
public enum Feedback
{
    /// <summary>None but the first ones: to compare with.</summary>
    None,

    /// <summary>Those at which the target says that something else was to see (<see cref="ITarget.Run"/>). Needs no instrumented code.</summary>
    Seen,

    /// <summary>Those that reach a block of Warren, or a bucket of its counts, that none has reached. Needs instrumented code.</summary>
    Coverage,
}
