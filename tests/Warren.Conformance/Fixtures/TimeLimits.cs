using System.Runtime.CompilerServices;

namespace Warren.Conformance;

/// <summary>A test of this project ends at some time. One that waits for what never comes fails by its name, and does not take all others with it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactAttribute : Xunit.FactAttribute
{
    /// <summary>Far above what the longest takes on a slow machine.</summary>
    internal const int LongestMilliseconds = 240_000;

    public FactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) => Timeout = LongestMilliseconds;
}

/// <summary>As <see cref="FactAttribute"/>, for each of its cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TheoryAttribute : Xunit.TheoryAttribute
{
    public TheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber) => Timeout = FactAttribute.LongestMilliseconds;
}
