import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { AcceptScreen } from './accept-screen.tsx';
import { documentName, type HeldDocument } from './document.ts';
import { DocumentScreen } from './document-screen.tsx';
import { FaultScreen } from './fault-screen.tsx';
import { keepOffered, refuseOffered } from './issue-document.ts';
import { IssuingScreen } from './issuing-screen.tsx';
import { ListScreen } from './list-screen.tsx';
import type { Speech } from './speech.ts';
import type { Storage } from './storage.ts';
import { ApiFault } from './wallet-api.ts';

type Place = { readonly screen: 'list' } | { readonly screen: 'issuing' | 'document'; readonly id: string };

/** The screen that an address names. */
function placeOf(hash: string): Place {
  const [, name, id] = /^#\/(issuing|documents)\/([A-Za-z0-9_-]{1,64})$/.exec(hash) ?? [];
  return id === undefined ? { screen: 'list' } : { screen: name === 'issuing' ? 'issuing' : 'document', id };
}

interface WalletProperties {
  readonly storage: Storage;
  readonly speech: Speech;
}

/** The screens of the application, chosen by the address. */
export function Wallet({ storage, speech }: WalletProperties): JSX.Element {
  const [place, setPlace] = useState(placeOf(location.hash));
  const [documents, setDocuments] = useState<readonly HeldDocument[]>();
  const [offered, setOffered] = useState<HeldDocument>();
  const [fresh, setFresh] = useState<string>();
  const [message, setMessage] = useState<string>();
  const [fault, setFault] = useState<unknown>();
  const reload = async () => setDocuments(await storage.documents());
  const guarded = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (reason: unknown) => setFault(reason),
    );
  useEffect(() => {
    const follow = () => {
      setPlace(placeOf(location.hash));
      setFault(undefined);
      // What was offered is read again: its owner may have refused it and come "back" to it.
      setOffered(undefined);
    };
    window.addEventListener('hashchange', follow);
    guarded(reload());
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  const open = (document: HeldDocument) => {
    setFresh(document.id);
    // The issuing step is done: "back" leads to where the owner came from, not into it again.
    location.replace(`#/documents/${document.id}`);
  };
  const keep = async (document: HeldDocument) => {
    const kept = await keepOffered(storage, document);
    await reload();
    open(kept);
  };
  const remove = async (document: HeldDocument) => {
    await storage.forget(document.id);
    await reload();
    setMessage(speech.words.document.removed(documentName(document, speech.language)));
    location.replace('#/');
  };

  if (fault !== undefined) return <FaultScreen fault={fault} speech={speech} again={() => location.reload()} />;
  if (place.screen === 'issuing') {
    const issued = (document: HeldDocument) => {
      if (document.state === 'kept') return open(document);
      setOffered(document);
      guarded(reload());
    };
    if (offered?.id !== place.id) return <IssuingScreen key={place.id} id={place.id} storage={storage} speech={speech} onIssued={issued} />;
    const leave = () => guarded(refuseOffered(storage, offered).then(reload));
    return <AcceptScreen held={offered} speech={speech} onKeep={() => guarded(keep(offered))} onLeave={leave} />;
  }
  if (!documents) return <div class="page" />;
  if (place.screen === 'list') return <ListScreen documents={documents} speech={speech} message={message} />;
  const held = documents.find(({ id, state }) => id === place.id && state === 'kept');
  if (!held) return <FaultScreen fault={new ApiFault('missing')} speech={speech} />;
  return <DocumentScreen key={held.id} held={held} speech={speech} fresh={fresh === held.id} onRemove={() => guarded(remove(held))} />;
}
