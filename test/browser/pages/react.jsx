// A sign-up form as React users write it: StrictMode, controlled fields, a thank-you in place of the form.
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

function SignUp() {
  const [email, setEmail] = useState('');
  const [done, setDone] = useState(false);
  useEffect(() => {
    document.title = done ? 'Thanks' : 'Sign up';
  }, [done]);
  if (done) return <p id="done">Thanks!</p>;
  const submit = async (event) => {
    event.preventDefault();
    setEmail('');
    await fetch('/api', { method: 'POST', body: email });
    setDone(true);
  };
  return (
    <form data-hub-signup="" onSubmit={submit}>
      <input name="email" value={email} onChange={(event) => setEmail(event.target.value)} />
      <button type="submit">Go</button>
    </form>
  );
}

createRoot(document.querySelector('#app')).render(
  <StrictMode>
    <SignUp />
  </StrictMode>,
);
