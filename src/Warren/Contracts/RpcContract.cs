using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Warren;

/// <summary>A contract as the generator has read it: its address and its methods.</summary>
public abstract class RpcContract
{
    private protected RpcContract(string name) => Name = name;

    /// <summary>The address.</summary>
    public string Name { get; }

    /// <summary>What kind of queue its requests wait in; <see cref="ContractQueue.Quorum"/> unless the contract says otherwise.</summary>
    public virtual ContractQueue Queue => ContractQueue.Quorum;

    /// <summary>Its methods, those of inherited interfaces too.</summary>
    public abstract IReadOnlyList<RpcMethod> Methods { get; }
}

/// <summary>A contract with its client and its dispatcher. Made at build time; <see cref="Get"/> finds it.</summary>
/// <typeparam name="TContract">An interface with <see cref="RpcContractAttribute"/>.</typeparam>
public abstract class RpcContract<TContract> : RpcContract
    where TContract : class
{
    private static RpcContract<TContract>? s_generated; // Written once, by the module initializer of the contract's assembly.

    /// <summary>For generated code.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    protected RpcContract(string name)
        : base(name)
    {
    }

    /// <summary>The server's side of each method, in the order of <see cref="RpcContract.Methods"/>.</summary>
    public abstract IReadOnlyList<RpcMethodHandler<TContract>> Handlers { get; }

    /// <summary>What the generator made for the interface.</summary>
    /// <exception cref="InvalidOperationException">The generator did not run for it.</exception>
    [SuppressMessage("Design", "CA1000", Justification = "The type argument is the question.")]
    public static RpcContract<TContract> Get()
    {
        if (Volatile.Read(ref s_generated) is { } known)
            return known;
        // A contract may live in an assembly of which nothing has run yet.
        RuntimeHelpers.RunModuleConstructor(typeof(TContract).Module.ModuleHandle);
        return Volatile.Read(ref s_generated) ?? throw new InvalidOperationException(
            $"Nothing was generated for {typeof(TContract)}. It has to be an interface with [RpcContract], and the project that declares it has to "
            + "reference the package Warren itself: that is where the generator runs.");
    }

    /// <summary>For generated code: called by the module initializer of the contract's assembly.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [SuppressMessage("Design", "CA1000", Justification = "For generated code.")]
    public static void Register(RpcContract<TContract> generated) => Volatile.Write(ref s_generated, generated);

    /// <summary>A client: the contract's methods as calls through <paramref name="invoker"/>. Use it from any thread.</summary>
    public abstract TContract CreateClient(RpcInvoker invoker);
}
